/// The private keys to which identity providers encrypt.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct DecryptionKeys;
