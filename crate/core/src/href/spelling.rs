//! From secrets back to hashes.

use zeroize::Zeroizing;

use super::hash::Grammar;
use super::secrets::Secrets;
use crate::encoding::{escape_slashes, hex_to_link};
use crate::secret::SecretText;

impl Secrets {
    /// The hash that edits, for a document of type `kind`.
    pub fn edit_hash(&self, kind: &str) -> Option<SecretText> {
        let channel = self.channel.as_deref()?;
        if self.version == Some(0) {
            return Some(joined(&[channel, self.key.as_ref()?.expose()]));
        }
        self.pad_hash(kind, "edit", self.keys.as_ref()?.edit_key.as_ref()?)
    }

    /// The hash that reads, for a document of type `kind`.
    pub fn view_hash(&self, kind: &str) -> Option<SecretText> {
        self.pad_hash(kind, "view", self.keys.as_ref()?.view_key.as_ref()?)
    }

    fn pad_hash(&self, kind: &str, mode: &str, key: &SecretText) -> Option<SecretText> {
        let key = key.expose();
        Some(match self.version? {
            1 => joined(&["/1/", mode, "/", &hex_to_link(self.channel.as_deref()?)?, "/", key, "/"]),
            _ => joined(&["/2/", kind, "/", mode, "/", key, "/", self.password_flag()]),
        })
    }

    /// The hash of a file, for one of type `kind` (`file` or `media`).
    pub fn file_hash(&self, kind: &str) -> Option<SecretText> {
        let key = Zeroizing::new(escape_slashes(self.keys.as_ref()?.file_key.as_ref()?.expose()));
        Some(match self.version? {
            1 => joined(&["/1/", &hex_to_link(self.channel.as_deref()?)?, "/", &key, "/"]),
            _ => joined(&["/2/", kind, "/", &key, "/", self.password_flag()]),
        })
    }

    /// The "safe" hash (version 3), which names the channel and holds no key. `edit` asks for the editing
    /// form, which there is only for those who can edit.
    pub fn hidden_hash(&self, kind: &str, edit: bool) -> Option<String> {
        let channel = self.channel.as_deref()?;
        let flag = self.password_flag();
        if Grammar::of(kind) == Some(Grammar::File) {
            return Some(format!("/3/{kind}/{channel}/{flag}"));
        }
        let mode = if edit && self.key.is_some() { "edit" } else { "view" };
        Some(format!("/3/{kind}/{mode}/{channel}/{flag}"))
    }

    /// Where a file lies on its server.
    pub fn blob_path(&self) -> Option<String> {
        let id = self
            .channel
            .as_deref()
            .filter(|_| self.keys.as_ref().is_some_and(|keys| keys.file_key.is_some()))?;
        Some(blob_path(id))
    }

    fn password_flag(&self) -> &'static str {
        if self.password.as_ref().is_some_and(|password| !password.expose().is_empty()) { "p/" } else { "" }
    }
}

/// One allocation of the right size: a text that grew would leave pieces of the key behind.
fn joined(parts: &[&str]) -> SecretText {
    SecretText::new(parts.concat())
}

/// Where the file of an id lies on its server: `/blob/XX/ID`.
pub fn blob_path(id: &str) -> String {
    format!("/blob/{}/{id}", id.get(..2).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::{channel_of_hash, secrets_from_hash};
    use proptest::prelude::*;

    #[test]
    fn the_hash_of_a_file_names_its_type() {
        for kind in ["file", "media"] {
            let hash = format!("/2/{kind}/492T6a1H0Jww5veoQy5XQIEX/p/");
            let secrets = secrets_from_hash(kind, &hash, Some("pw")).unwrap();
            assert_eq!(secrets.file_hash(kind).unwrap().expose(), hash);
            assert!(secrets.hidden_hash(kind, true).unwrap().starts_with(&format!("/3/{kind}/")));
        }
    }

    proptest! {
        #[test]
        fn hashes_written_from_secrets_give_the_same_secrets(
            key in "[A-Za-z0-9+-]{24}", password in proptest::option::of("[a-zé]{0,6}")
        ) {
            let password = password.as_deref();
            let edit = secrets_from_hash("pad", &format!("/2/pad/edit/{key}/"), password).unwrap();
            let again = secrets_from_hash("pad", edit.edit_hash("pad").unwrap().expose(), password).unwrap();
            let view_hash = edit.view_hash("pad").unwrap();
            let view = secrets_from_hash("pad", view_hash.expose(), password).unwrap();
            prop_assert_eq!(&again.channel, &edit.channel);
            prop_assert_eq!(&view.channel, &edit.channel);
            prop_assert_eq!(channel_of_hash("pad", view_hash.expose(), password).unwrap(), edit.channel.clone());
            prop_assert!(edit.can_edit() && !view.can_edit());
            prop_assert!(edit.keys.unwrap().crypt_key.expose() == view.keys.unwrap().crypt_key.expose());
        }

        #[test]
        fn the_short_way_to_the_channel_agrees_with_the_long_one(
            kind in "pad|file|drive|user",
            hash in "/[1-4]/(file|pad|edit)/(edit/|view/)?[A-Za-z0-9+=-]{0,30}(/[A-Za-z0-9+=-]{0,30})?/(p/)?|[a-f0-9]{32}[A-Za-z0-9+é]{20,26}",
            password in proptest::option::of("[a-z]{0,3}")
        ) {
            let short = channel_of_hash(&kind, &hash, password.as_deref());
            let long = secrets_from_hash(&kind, &hash, password.as_deref()).map(|secrets| secrets.channel);
            prop_assert_eq!(short, long);
        }
    }
}
