//! eid-broker.
