//! Test issuers and test wallets. Every key in here is made for tests and worthless.
