//! The token families. Each folder knows one family: parse, verify, map.

pub mod sd_jwt_vc;
