//! Questions and signed calls of a client that has no rules of its own: a document leaves a list because somebody says so.

use super::line::Line;
use crate::failed::{Done, Failed};
use crate::town::Person;
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::encoding::encode_base64;
use pinfold_core::ids::ChannelId;
use pinfold_core::json::{Value, stringify};
use pinfold_core::wire::frame::{self, ServerFrame};
use pinfold_core::wire::keeper::{self, Existence, KeeperText};
use pinfold_server::Running;
use pinfold_testkit::account::Built;

/// A connection that knows the history keeper.
pub struct Caller {
    line: Line,
    keeper: String,
    seq: u64,
}

impl Caller {
    /// Connects, and enters a channel: the keeper's own id comes with the first.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn enter(server: &Running, channel: &str) -> Done<Self> {
        let channel: ChannelId = channel.parse()?;
        let mut line = Line::connect(server).await?;
        let mut keeper = String::new();
        let mut uid = String::new();
        loop {
            match frame::decode(&line.next().await?)? {
                ServerFrame::Ident { uid: mine } => {
                    uid = mine.into_owned();
                    line.send(frame::join(1, &channel)).await?;
                }
                ServerFrame::Join { who, .. } if who.len() == 16 => keeper = who.into_owned(),
                ServerFrame::Join { who, .. } if who == uid => break,
                _ => {}
            }
        }
        Ok(Self { line, keeper, seq: 1 })
    }

    /// Says something to the keeper.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn say(&mut self, text: &str) -> Done<()> {
        self.seq += 1;
        self.line.send(frame::message(self.seq, &self.keeper, text)).await
    }

    /// Sends something into the channel.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn write(&mut self, channel: &str, text: &str) -> Done<()> {
        self.seq += 1;
        self.line.send(frame::message(self.seq, channel, text)).await?;
        while !self.line.is_settled() {
            self.line.next().await?;
        }
        Ok(())
    }

    /// Waits for something that the keeper says.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn hears<T>(&mut self, wanted: impl Fn(KeeperText<'_>) -> Option<T>) -> Done<T> {
        loop {
            if let ServerFrame::Message { text, .. } = frame::decode(&self.line.next().await?)?
                && let Some(found) = wanted(keeper::read(&text))
            {
                return Ok(found);
            }
        }
    }

    async fn answer(&mut self, text: &str) -> Done<Vec<Value>> {
        self.say(text).await?;
        self.hears(|heard| match heard {
            KeeperText::Answer { word, body } if word == "call" => Some(body),
            _ => None,
        })
        .await
    }

    /// Whether the server has a channel, and why not.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn exists(&mut self, channel: &str) -> Done<Existence> {
        let text = pinfold_core::rpc::anonymous("call", "IS_NEW_CHANNEL", channel);
        Ok(Existence::read(&self.answer(&text).await?))
    }

    /// Calls something under a key.
    ///
    /// # Errors
    /// Those of the connection, and where the server refuses.
    pub async fn call(&mut self, key: &SigningKey, command: &str, argument: Value) -> Done<()> {
        let mut cookie = Value::Null;
        for (command, argument) in [("COOKIE", Value::from("")), (command, argument)] {
            let answer = self.answer(&signed(key, &cookie, command, argument)).await?;
            match answer.split_first() {
                Some((first, _)) if first.as_str() != Some("ERROR") => cookie = first.clone(),
                _ => return Err(format!("the server refuses {command}").into()),
            }
        }
        Ok(())
    }

    /// Ends it.
    pub async fn close(self) {
        self.line.close().await;
    }
}

/// The key that signs an account's calls.
///
/// # Errors
/// For an account without one.
pub fn key_of(built: &Built) -> Done<SigningKey> {
    let key = built.document.get("edPrivate").and_then(Value::as_str).unwrap_or_default();
    SigningKey::from_base64(key).map_err(Failed::from)
}

/// A list of ids as it is sent.
pub fn list<'i>(ids: impl IntoIterator<Item = &'i String>) -> Value {
    Value::from(ids.into_iter().map(|id| Value::from(id.as_str())).collect::<Vec<_>>())
}

/// Takes documents off the list of a person.
///
/// # Errors
/// Those of the connection, and where the server refuses.
pub async fn unpin(server: &Running, person: &Person, ids: &[String]) -> Done<()> {
    let mut caller = Caller::enter(server, &person.built.drive_channel).await?;
    caller.call(&key_of(&person.built)?, "UNPIN", list(ids)).await?;
    caller.close().await;
    Ok(())
}

fn signed(key: &SigningKey, cookie: &Value, command: &str, argument: Value) -> String {
    let said = Value::Array(vec![cookie.clone(), command.into(), argument.clone()]);
    let signature = encode_base64(&key.sign_detached(stringify(&said).as_bytes()));
    let public = key.verifying_key().to_base64();
    let body =
        vec![signature.as_str().into(), public.as_str().into(), cookie.clone(), command.into(), argument];
    stringify(&Value::Array(vec!["call".into(), Value::Array(body)]))
}
