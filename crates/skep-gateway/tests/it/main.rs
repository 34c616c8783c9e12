//! The gateway as its clients see it: a real broker behind real sockets.

mod auth;
mod bind;
mod grpc_limits;
mod issuer;
mod rest_requests;
mod rig;
