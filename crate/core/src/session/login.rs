//! From a name and a password to the keys of the account document (PROTOCOL.md section 4).
//!
//! ```text
//! ExpectConfig ▶ Deriving ▶ ExpectBlock ──200──▶ signed in
//!                              │ 401 TOTP           │ 404
//!                        ExpectChallenge            └─▶ signed in under a legacy account, to be proven
//!                        ExpectBearer ▶ ExpectBlock      by reading its document
//! ```
//! An anonymous drive has neither name nor block: its link is all there is, and only the configuration is asked for.

use crate::account::challenge::Challenge;
use crate::account::login::LoginKeys;
use crate::compact::split_around;
use crate::crypto::sign::SigningKey;
use crate::error::{Code, Error};
use crate::href::{self, Secrets};
use crate::ids::{BlockId, ChannelId};
use crate::json::{Object, Reader, Value};
use crate::ports::{Entropy, UnixMillis};
use crate::secret::SecretText;
use crate::session::effect::{Credentials, HttpReply, HttpRequest, Phase};
use crate::session::pacing::Pacing;

/// What signing in yields: enough to open the account document, and to find the way there again.
#[derive(Debug)]
pub struct SignedIn {
    /// Channel and keys of the account document.
    pub secrets: Secrets,
    /// The channel, checked.
    pub channel: ChannelId,
    /// The block's id; legacy accounts have none.
    pub block_id: Option<BlockId>,
    /// Whether it is a legacy account, if it is one at all: only its document can tell.
    pub legacy: bool,
    /// The key that signs a legacy account's calls, which its document may not hold.
    pub sign: Option<SigningKey>,
    /// Where the WebSocket is.
    pub socket_url: String,
    /// Who administers the instance.
    pub admin_keys: Vec<String>,
}

#[derive(Debug)]
enum State {
    /// The password lives no longer than this state.
    ExpectConfig {
        credentials: Credentials,
    },
    /// scrypt is under way, in steps.
    Deriving {
        pacing: Pacing,
        config: Config,
    },
    /// The configuration, on the way to a drive that is opened by its link.
    ExpectSocket {
        hash: SecretText,
    },
    ExpectBlock {
        keys: LoginKeys,
        config: Config,
        bearer: Option<String>,
    },
    ExpectChallenge {
        keys: LoginKeys,
        config: Config,
        challenge: Challenge,
    },
    ExpectBearer {
        keys: LoginKeys,
        config: Config,
    },
    Ended,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// Ask this.
    Ask(HttpRequest, Phase),
    /// [`Login::go_on`], once the host has done what else it has to do.
    GoOn,
    /// Done.
    SignedIn(Box<SignedIn>),
}

/// One attempt to sign in.
#[derive(Debug)]
pub struct Login {
    origin: String,
    otp: Option<SecretText>,
    state: State,
}

impl Login {
    /// An attempt and its first request.
    ///
    /// # Errors
    /// `misuse/bad-argument` for a malformed origin, or an empty name or password.
    pub fn start(credentials: Credentials) -> Result<(Self, HttpRequest), Error> {
        let mut credentials = checked(credentials)?;
        let otp = credentials.otp.take();
        Ok(Self::begin(credentials.origin.clone(), otp, State::ExpectConfig { credentials }))
    }

    /// An attempt to open a drive by its link, or by the hash in it, and the first request.
    ///
    /// # Errors
    /// `misuse/bad-argument` for a malformed origin, `href/malformed` or `href/no-keys` for a link that opens
    /// nothing.
    pub fn by_link(origin: &str, link: &SecretText) -> Result<(Self, HttpRequest), Error> {
        let origin = checked_origin(origin)?;
        let none = || Error::new(Code::HrefNoKeys, "the link opens no drive");
        let hash = match link.expose().contains('#') {
            true => SecretText::new(href::parse_href(link.expose()).hash.ok_or_else(none)?.into_owned()),
            false => link.clone(),
        };
        let secrets = href::secrets_from_hash("drive", hash.expose(), None)?;
        secrets.message_keys().map_err(|_| none())?;
        secrets.channel.as_deref().and_then(ChannelId::parse).ok_or_else(none)?;
        Ok(Self::begin(origin, None, State::ExpectSocket { hash }))
    }

    fn begin(origin: String, otp: Option<SecretText>, state: State) -> (Self, HttpRequest) {
        let request = get(format!("{origin}/api/config"), None);
        (Self { origin, otp, state }, request)
    }

    /// Takes the answer to the last request.
    ///
    /// # Errors
    /// `login/*`, `block/*`, `net/http`, `host/no-entropy`, `host/no-memory`.
    pub fn handle(&mut self, reply: HttpReply, entropy: &mut dyn Entropy) -> Result<Next, Error> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::ExpectConfig { credentials } => {
                let config = Config::parse(&reply, &self.origin)?;
                self.state = State::Deriving { pacing: Pacing::begin(&credentials)?, config };
                Ok(Next::GoOn)
            }
            State::ExpectSocket { hash } => {
                let config = Config::parse(&reply, &self.origin)?;
                let from = SignedIn::from_user_hash(&hash, None, config.socket_url, config.admin_keys)?;
                Ok(Next::SignedIn(Box::new(SignedIn { legacy: false, ..from })))
            }
            State::ExpectBlock { keys, config, bearer } => self.block(reply, keys, config, bearer, entropy),
            State::ExpectChallenge { keys, config, challenge } => {
                let answer = accepted(&reply)?;
                let body = challenge.second_body(&answer, &keys.block.sign)?;
                self.state = State::ExpectBearer { keys, config };
                Ok(Next::Ask(post(format!("{}/api/auth/", self.origin), body), Phase::Block))
            }
            State::ExpectBearer { keys, config } => {
                let bearer = accepted(&reply)?
                    .get("bearer")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
                    .ok_or_else(|| refused_factor(&reply))?;
                Ok(self.ask_block(keys, config, Some(bearer)))
            }
            State::Deriving { .. } | State::Ended => {
                Err(Error::new(Code::Internal, "an answer came that nobody asked for"))
            }
        }
    }

    /// A step of what was begun: a few milliseconds of computation.
    ///
    /// # Errors
    /// `internal` where nothing was begun.
    pub fn go_on(&mut self, now: UnixMillis) -> Result<Next, Error> {
        let State::Deriving { mut pacing, config } = std::mem::replace(&mut self.state, State::Ended) else {
            return Err(Error::new(Code::Internal, "there is nothing to go on with"));
        };
        match pacing.step(now)? {
            Some(keys) => Ok(self.ask_block(keys, config, None)),
            None => {
                self.state = State::Deriving { pacing, config };
                Ok(Next::GoOn)
            }
        }
    }

    fn ask_block(&mut self, keys: LoginKeys, config: Config, bearer: Option<String>) -> Next {
        let host = config.file_host.as_deref().unwrap_or(&self.origin);
        let request = get(format!("{host}{}", keys.block.path()), bearer.clone());
        self.state = State::ExpectBlock { keys, config, bearer };
        Next::Ask(request, Phase::Block)
    }

    fn block(
        &mut self,
        reply: HttpReply,
        keys: LoginKeys,
        config: Config,
        bearer: Option<String>,
        entropy: &mut dyn Entropy,
    ) -> Result<Next, Error> {
        match reply.status {
            200 => {
                let opened = keys.block.open(&reply.body)?;
                signed_in(opened.user_hash, Some(keys.block.id), None, config)
            }
            401 => {
                let method = expect_json(&reply)
                    .ok()
                    .and_then(|b| b.get("method").and_then(Value::as_str).map(str::to_owned));
                match (method.as_deref(), &self.otp, bearer) {
                    (Some("TOTP"), Some(otp), None) => {
                        let mut command = Object::new();
                        command.insert("command", "TOTP_VALIDATE");
                        command.insert("code", otp.expose());
                        command.insert("session", "");
                        let challenge =
                            Challenge::new(Value::Object(command), &keys.block.sign, &mut { entropy })?;
                        let body = challenge.first_body();
                        let url = format!("{}/api/auth/", self.origin);
                        self.state = State::ExpectChallenge { keys, config, challenge };
                        Ok(Next::Ask(post(url, body), Phase::Block))
                    }
                    (Some("TOTP"), ..) => {
                        Err(Error::new(Code::LoginSecondFactor, "the account asks for a one-time code"))
                    }
                    _ => Err(Error::new(
                        Code::LoginSecondFactor,
                        "the account asks for a sign-on this client does not know",
                    )),
                }
            }
            404 => match expect_json(&reply)
                .ok()
                .and_then(|b| b.get("reason").and_then(Value::as_str).map(str::to_owned))
            {
                Some(reason) => Err(removed(&reason)),
                // No block: perhaps an account from before blocks. Only its document can tell (4.6).
                None => signed_in(keys.legacy.user_hash, None, Some(keys.legacy.sign), config),
            },
            status => Err(Error::new(Code::NetHttp, "the server did not answer for the log-in block")
                .with("status", status)),
        }
    }
}

/// Why a block is gone, in the server's word for it.
fn removed(reason: &str) -> Error {
    let (code, message) = match reason {
        "PASSWORD_CHANGE" => (Code::LoginPasswordChanged, "the account has a new password"),
        _ => (Code::LoginRemoved, "the server says that the account was removed"),
    };
    Error::new(code, message).with("reason", reason)
}

fn signed_in(
    user_hash: SecretText,
    block_id: Option<BlockId>,
    sign: Option<SigningKey>,
    config: Config,
) -> Result<Next, Error> {
    let mut from = SignedIn::from_user_hash(&user_hash, block_id, config.socket_url, config.admin_keys)?;
    from.sign = sign;
    Ok(Next::SignedIn(Box::new(from)))
}

impl SignedIn {
    /// What a log-in would yield, from the account's own hash: for hosts that keep it between pages, as
    /// CryptPad's own client does.
    ///
    /// # Errors
    /// `block/malformed` when the hash carries no keys.
    pub fn from_user_hash(
        user_hash: &SecretText,
        block_id: Option<BlockId>,
        socket_url: String,
        admin_keys: Vec<String>,
    ) -> Result<Self, Error> {
        let malformed = || Error::new(Code::BlockMalformed, "the account's own link cannot be read");
        let secrets = href::secrets_from_hash("drive", user_hash.expose(), None).map_err(|_| malformed())?;
        let channel = secrets.channel.as_deref().and_then(ChannelId::parse).ok_or_else(malformed)?;
        Ok(Self {
            secrets,
            channel,
            legacy: block_id.is_none(),
            sign: None,
            block_id,
            socket_url,
            admin_keys,
        })
    }
}

/// Credentials that can be used, with the origin as it is put before paths.
pub(super) fn checked(credentials: Credentials) -> Result<Credentials, Error> {
    let origin = checked_origin(&credentials.origin)?;
    if credentials.username.typed().is_empty() || credentials.password.expose().is_empty() {
        return Err(Error::new(Code::MisuseBadArgument, "a name and a password are needed"));
    }
    Ok(Credentials { origin, ..credentials })
}

fn checked_origin(origin: &str) -> Result<String, Error> {
    let origin = origin.trim_end_matches('/');
    if !(origin.starts_with("https://") || origin.starts_with("http://")) {
        return Err(Error::new(Code::MisuseBadArgument, "the origin must begin with https:// or http://"));
    }
    Ok(origin.to_owned())
}

pub(super) fn get(url: String, bearer: Option<String>) -> HttpRequest {
    HttpRequest { url, post: None, bearer }
}

pub(super) fn post(url: String, body: String) -> HttpRequest {
    HttpRequest { url, post: Some(body), bearer: None }
}

/// The answer to a step of the second factor, unless the server refuses the step.
fn accepted(reply: &HttpReply) -> Result<Value, Error> {
    if reply.status == 200 { expect_json(reply) } else { Err(refused_factor(reply)) }
}

fn refused_factor(reply: &HttpReply) -> Error {
    let word =
        expect_json(reply).ok().and_then(|a| a.get("error").and_then(Value::as_str).map(str::to_owned));
    let error =
        Error::new(Code::LoginSecondFactor, "the second factor was refused").with("status", reply.status);
    match word {
        Some(word) => error.with("answer", word),
        None => error,
    }
}

pub(super) fn expect_json(reply: &HttpReply) -> Result<Value, Error> {
    std::str::from_utf8(&reply.body).ok().and_then(|text| Value::parse(text).ok()).ok_or_else(|| {
        Error::new(Code::NetHttp, "the server's answer is not JSON").with("status", reply.status)
    })
}

/// The parts of `/api/config` that a client needs (PROTOCOL.md section 3).
#[derive(Debug)]
pub(super) struct Config {
    pub(super) file_host: Option<String>,
    pub(super) socket_url: String,
    pub(super) admin_keys: Vec<String>,
    /// Whether nobody may register.
    pub(super) closed: bool,
}

impl Config {
    pub(super) fn parse(reply: &HttpReply, origin: &str) -> Result<Self, Error> {
        let unexpected = || {
            Error::new(Code::NetHttp, "the address does not answer like a CryptPad instance")
                .with("status", reply.status)
        };
        let text = std::str::from_utf8(&reply.body).map_err(|_| unexpected())?;
        // JavaScript text around one JSON object: what follows the first `return`.
        let (_, tail) =
            split_around(text, "return").filter(|_| reply.status == 200).ok_or_else(unexpected)?;
        let config = Value::read(&mut Reader::new(tail)).map_err(|_| unexpected())?;
        let text = |key: &str| config.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
        let path = text("websocketPath").unwrap_or("/cryptpad_websocket");
        let socket_url = if path.starts_with("ws://") || path.starts_with("wss://") {
            path.to_owned()
        } else {
            // A path is behind the origin: without its slash it would go on with the host's name.
            let slash = if path.starts_with('/') { "" } else { "/" };
            format!("ws{}{slash}{path}", origin.strip_prefix("http").unwrap_or(origin))
        };
        let admin_keys = config.get("adminKeys").and_then(Value::as_array).unwrap_or_default();
        Ok(Self {
            file_host: text("fileHost").map(|host| host.trim_end_matches('/').to_owned()),
            socket_url,
            admin_keys: admin_keys.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            closed: config.get("restrictRegistration").is_some_and(Value::truthy),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_socket_stays_behind_the_origin() {
        for (path, socket) in [
            ("", "wss://pad.example.org/cryptpad_websocket"),
            ("/x", "wss://pad.example.org/x"),
            ("x", "wss://pad.example.org/x"),
            ("@evil.example/x", "wss://pad.example.org/@evil.example/x"),
            (".evil.example", "wss://pad.example.org/.evil.example"),
            (":81/x", "wss://pad.example.org/:81/x"),
            ("wss://other.example.org/x", "wss://other.example.org/x"),
        ] {
            let body = format!("define(function(){{;\nreturn {{\"websocketPath\": \"{path}\"}};\n}});");
            let reply = HttpReply { status: 200, body: body.into_bytes() };
            assert_eq!(Config::parse(&reply, "https://pad.example.org").unwrap().socket_url, socket);
        }
    }
}
