//! Bodies of the REST API v2.
