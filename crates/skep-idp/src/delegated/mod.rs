//! Tokens for a user: what may be asked for, and what is in them.

mod scope;
mod token;

pub(crate) use self::{
    scope::{DelegatedScope, Grantee, Target, scope_of_resource},
    token::{SignIn, UserTokens, id_token, issue, pairwise},
};
