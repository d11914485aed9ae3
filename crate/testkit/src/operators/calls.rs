//! What owners and administrators ask a server for, carried out by this project's own means.

use super::steps::{Step, argument, item, key};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_operator::archive::Hands;
use pinfold_operator::journal::Journal;
use serde_json::Value;

impl Step<'_> {
    pub(super) fn call(&mut self, hands: &Hands<'_>, journal: &mut Journal<'_>, action: &str) -> bool {
        let argument = argument(self.step);
        if action == "ADMIN" {
            let (command, given) = (argument[0].as_str().unwrap_or("").to_owned(), argument[1].clone());
            return self.admin(hands, journal, &command, &given);
        }
        let reason = argument["reason"].as_str();
        let id =
            item(&argument["channel"]).or_else(|| item(&argument["id"])).or_else(|| item(&argument["blob"]));
        let named = key(&argument["key"]);
        let (name, result) = match (action, id, named) {
            ("REMOVE_OWNED" | "ARCHIVE_BLOB", Some(id), _) => {
                (id.to_string(), hands.archive(journal, &id, reason.unwrap_or("ARCHIVE_OWNED"), None))
            }
            ("TRIM", Some(id), _) => {
                (id.to_string(), hands.trim(journal, &id, argument["hash"].as_str().unwrap_or("")))
            }
            ("REMOVE_PINS", _, Some(key)) => (key.to_string(), hands.archive_pin_log(journal, &key)),
            ("REMOVE_BLOCK", _, Some(key)) => {
                (key.to_string(), hands.archive_block(journal, &key, reason.unwrap_or("")))
            }
            ("WRITE_BLOCK", _, Some(key)) => {
                let texts = argument.as_object().into_iter().flatten();
                let bytes = texts.filter(|(name, _)| *name != "key").find_map(|(_, value)| value.as_str());
                (key.to_string(), hands.write_block(journal, &key, bytes.unwrap_or("new block").as_bytes()))
            }
            ("archive-account", _, Some(key)) => {
                return self.account(hands, journal, &key, &argument, true);
            }
            ("restore-account", _, Some(key)) => {
                return self.account(hands, journal, &key, &argument, false);
            }
            _ => return false,
        };
        self.error(name, result);
        true
    }

    fn account(
        &mut self,
        hands: &Hands<'_>,
        journal: &mut Journal<'_>,
        named: &KeyName,
        given: &Value,
        away: bool,
    ) -> bool {
        let done = if away {
            let block = key(&given["block"]);
            hands.archive_account(
                journal,
                named,
                block.as_ref(),
                given["reason"].as_str().unwrap_or("undefined"),
            )
        } else {
            hands.restore_account(journal, named)
        };
        match done {
            Ok(done) => {
                self.told.refused = done.stop.map(|stop| stop.to_string());
                self.told
                    .errors
                    .extend(done.failed.into_iter().map(|(target, error)| (target.to_string(), error)));
                self.told
                    .why
                    .extend(done.left.into_iter().map(|(id, left)| (id.to_string(), format!("{left:?}"))));
            }
            Err(error) => self.error(named, Err(error)),
        }
        true
    }

    fn admin(&mut self, hands: &Hands<'_>, journal: &mut Journal<'_>, command: &str, given: &Value) -> bool {
        let list = given["list"].as_array().cloned();
        let one = if given["id"].is_string() { given["id"].clone() } else { given.clone() };
        let ids: Vec<ItemId> = list.unwrap_or_else(|| vec![one]).iter().filter_map(item).collect();
        let named = key(&given["key"]).or_else(|| key(given));
        let reason = given["reason"].as_str().unwrap_or("undefined");
        match (command, named) {
            // A document that is removed at once goes to cold storage as well: nothing that cannot be taken back happens before its time.
            ("ARCHIVE_DOCUMENT" | "ARCHIVE_DOCUMENTS" | "REMOVE_DOCUMENT", _) => {
                for id in ids {
                    if command == "REMOVE_DOCUMENT" {
                        self.told.why.insert(id.to_string(), "nothing irreversible at once".into());
                    }
                    let result = hands.archive(journal, &id, &format!("MODERATION_PAD:{reason}"), None);
                    self.error(&id, result);
                }
                true
            }
            ("RESTORE_ARCHIVED_DOCUMENT", _) => {
                for id in ids {
                    let result = hands.restore(journal, &id);
                    self.error(&id, result);
                }
                true
            }
            ("ARCHIVE_BLOCK", Some(key)) => {
                let result = hands.archive_block(journal, &key, &format!("MODERATION_BLOCK:{reason}"));
                self.error(key, result);
                true
            }
            ("RESTORE_ARCHIVED_BLOCK", Some(key)) => {
                let result = hands.restore_block(journal, &key);
                self.error(key, result);
                true
            }
            ("ARCHIVE_ACCOUNT", Some(key)) => self.account(hands, journal, &key, given, true),
            ("RESTORE_ACCOUNT", Some(key)) => self.account(hands, journal, &key, given, false),
            // Calls that only read, calls that the server does not have, and calls that change its memory alone.
            _ => {
                command.starts_with("GET_")
                    || command.starts_with("CLEAR_CACHED")
                    || matches!(
                        command,
                        "ARCHIVE_PIN_LOG" | "RESTORE_ARCHIVED_PIN_LOG" | "ARCHIVE_OWNED_DOCUMENTS"
                    )
            }
        }
    }
}
