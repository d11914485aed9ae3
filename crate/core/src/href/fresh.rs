//! Keys of channels that do not exist yet, and the links of an entry.

use std::fmt;

use zeroize::Zeroizing;

use super::link::{parse_href, relative_href};
use super::secrets::{Secrets, secrets_from_hash};
use super::sound::check_whole;
use crate::encoding::{encode_link, hex_to_link};
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::ports::Entropy;
use crate::secret::SecretText;

/// Bytes of an edit key.
const SEED: usize = 18;

/// The keys of a channel that is to be created, drawn in the same step.
///
/// Only such a channel can be created: there is no way to make this from a link or an id that somebody
/// names, so a channel whose log is lost is never begun anew (A18).
pub struct FreshChannel {
    kind: &'static str,
    hash: SecretText,
    secrets: Secrets,
    channel: ChannelId,
}

impl FreshChannel {
    /// Draws the keys of a document of a type (`drive` for accounts and shared folders). An empty password counts as no password.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn draw(
        kind: &'static str,
        password: Option<&str>,
        entropy: &mut impl Entropy,
    ) -> Result<Self, Error> {
        let password = password.filter(|password| !password.is_empty());
        let mut seed = Zeroizing::new([0; SEED]);
        entropy.fill(&mut *seed)?;
        let key = Zeroizing::new(encode_link(&*seed));
        let flag = if password.is_some() { "p/" } else { "" };
        let hash = SecretText::new(["/2/", kind, "/edit/", &key, "/", flag].concat());
        let secrets = secrets_from_hash(kind, hash.expose(), password)?;
        let channel = secrets.channel.as_deref().and_then(ChannelId::parse);
        let channel = channel.ok_or_else(|| Error::new(Code::Internal, "a fresh key leads to no channel"))?;
        Ok(Self { kind, hash, secrets, channel })
    }

    /// The edit hash, `/2/<kind>/edit/<key>/`.
    pub fn hash(&self) -> &SecretText {
        &self.hash
    }

    /// The edit link.
    pub fn link(&self) -> SecretText {
        SecretText::new(["/", self.kind, "/#", self.hash.expose()].concat())
    }

    /// Where it will be.
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// Its keys.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

impl fmt::Debug for FreshChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FreshChannel").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// The links of an entry, as drives store them, and the channel they lead to.
#[derive(Clone)]
pub struct EntryLinks {
    /// The edit link, or the link of a file.
    pub edit: Option<String>,
    /// The view link; files have none.
    pub view: Option<String>,
    /// 32 hexadecimal digits, 48 for files.
    pub channel: String,
}

/// What a drive stores of a link: relative, with the view link that follows from it.
///
/// # Errors
/// `href/malformed` for a link that is not whole ([`check_whole`]), `href/no-keys` for what leads
/// to no channel.
pub fn entry_links(link: &str, password: Option<&str>) -> Result<EntryLinks, Error> {
    check_whole(link)?;
    let none = || Error::new(Code::HrefNoKeys, "the link leads to no channel");
    let parsed = parse_href(link);
    let (kind, hash) = parsed.kind.zip(parsed.hash.as_deref()).ok_or_else(none)?;
    let data = parsed.data().ok_or_else(none)?;
    let secrets = secrets_from_hash(kind, hash, password)?;
    let channel = secrets.channel.ok_or_else(none)?;
    let own = relative_href(link);
    if data.mode != Some("edit") {
        let view = data.mode == Some("view");
        return Ok(EntryLinks { edit: own.clone().filter(|_| !view), view: own.filter(|_| view), channel });
    }
    let view_key = secrets.keys.and_then(|keys| keys.view_key);
    let view = view_key.and_then(|key| {
        let flag = if data.options.as_ref().is_some_and(|options| options.password) { "p/" } else { "" };
        match data.version {
            1 => Some(format!("/{kind}/#/1/view/{}/{}/", hex_to_link(&channel)?, key.expose())),
            2 => Some(format!("/{kind}/#/2/{}/view/{}/{flag}", data.app?, key.expose())),
            _ => None,
        }
    });
    Ok(EntryLinks { edit: own, view, channel })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(u8);

    impl Entropy for Counting {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            out.fill_with(|| {
                self.0 = self.0.wrapping_mul(29).wrapping_add(7);
                self.0
            });
            Ok(())
        }
    }

    #[test]
    fn a_fresh_channel_is_where_its_link_leads() {
        for password in [None, Some("folder pw 1")] {
            let fresh = FreshChannel::draw("drive", password, &mut Counting(3)).unwrap();
            let links = entry_links(fresh.link().expose(), password).unwrap();
            assert_eq!(links.channel, fresh.channel().as_str());
            assert!(fresh.secrets().can_edit());
            let view = entry_links(links.view.as_deref().unwrap(), password).unwrap();
            assert_eq!((view.edit, view.view, view.channel), (None, links.view, links.channel));
        }
    }

    #[test]
    fn the_view_link_is_the_recorded_one() {
        // An entry of tests/accounts/fixture.
        let links =
            entry_links("/drive/#/2/drive/edit/Y1BNEyFMPO2wmbZ-+gWLXyHv/p/", Some("folder pw 1")).unwrap();
        assert_eq!(
            links.view.unwrap(),
            "/drive/#/2/drive/view/IO9gaIvMbsNiXEYmYR70sibwBBDzhSIUIt9YZPAkY+g/p/"
        );
        assert_eq!(links.channel, "9f319c594d49cb8f84cda015d3a8cb45");
        let file = entry_links("https://host/file/#/2/file/mj1ckYGl6BY4fPIU+BG-oOUt/", None).unwrap();
        assert_eq!(file.edit.as_deref(), Some("/file/#/2/file/mj1ckYGl6BY4fPIU+BG-oOUt/"));
        assert_eq!((file.view, file.channel.len()), (None, 48));
    }

    #[test]
    fn debug_shows_no_key() {
        let fresh = FreshChannel::draw("drive", None, &mut Counting(3)).unwrap();
        let key = fresh.hash().expose().split('/').nth(4).unwrap().to_owned();
        assert!(!format!("{fresh:?}").contains(&key));
    }
}
