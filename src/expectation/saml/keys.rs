pub use crate::envelope::xml::encryption::DecryptionKeys;
