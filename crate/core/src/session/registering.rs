//! From a name and a password that nobody has to the keys of a new account (PROTOCOL.md 4.4 and 4.5).
//!
//! ```text
//! ExpectConfig ▶ (scrypt) ▶ ExpectNoBlock ──404──▶ Drawn: the session creates the account document
//!                               │ 200: taken          │ written
//!                               ▼                ExpectChallenge ▶ ExpectWritten ▶ signed in
//! ```
//! The block comes last: a name and a password never lead to a document that is not there.

use crate::account::block::{self, Block};
use crate::account::challenge::{self, Challenge};
use crate::account::document::NewAccount;
use crate::account::login::LoginKeys;
use crate::encoding::encode_base64;
use crate::error::{Code, Error};
use crate::href::FreshChannel;
use crate::ids::ChannelId;
use crate::json::{Object, Text, Value};
use crate::ports::Entropy;
use crate::session::effect::{Credentials, HttpReply, HttpRequest, Phase};
use crate::session::login::{Config, SignedIn, checked, derive, expect_json, get, post};

/// The fewest UTF-16 units of a new password (4.1).
const SHORTEST: usize = 8;

/// An account that is to be created.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) fresh: FreshChannel,
    pub(super) document: Value,
    pub(super) ed_public: String,
    pub(super) signed_in: SignedIn,
    /// Where an account from before blocks would be, under the same name and password.
    pub(super) legacy: Option<ChannelId>,
}

/// What comes next.
pub(super) enum Next {
    Ask(HttpRequest, Phase),
    Create(Box<Drawn>),
    Registered,
}

#[derive(Debug)]
enum State {
    /// The password lives no longer than this state.
    ExpectConfig {
        credentials: Credentials,
    },
    ExpectNoBlock {
        keys: LoginKeys,
        config: Config,
    },
    Drawn {
        keys: LoginKeys,
        block: Vec<u8>,
    },
    ExpectChallenge {
        keys: LoginKeys,
        challenge: Challenge,
    },
    ExpectWritten,
    Ended,
}

/// One attempt to register.
#[derive(Debug)]
pub(super) struct Registration {
    origin: String,
    username: Text,
    state: State,
}

impl Registration {
    /// # Errors
    /// `misuse/bad-argument` for a malformed origin, an empty name, or a password that is too short.
    pub(super) fn start(credentials: Credentials) -> Result<(Self, HttpRequest), Error> {
        let username = trimmed(&credentials.username);
        let credentials = checked(Credentials { username, ..credentials })?;
        if credentials.password.expose().len() < SHORTEST {
            return Err(
                Error::new(Code::MisuseBadArgument, "the password is too short").with("least", SHORTEST)
            );
        }
        let (origin, username) = (credentials.origin.clone(), credentials.username.clone());
        let request = get(format!("{origin}/api/config"), None);
        Ok((Self { origin, username, state: State::ExpectConfig { credentials } }, request))
    }

    /// Takes the answer to the last request.
    pub(super) fn handle(&mut self, reply: HttpReply, entropy: &mut dyn Entropy) -> Result<Next, Error> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::ExpectConfig { credentials } => {
                let config = Config::parse(&reply, &self.origin)?;
                if config.closed {
                    return Err(Error::new(Code::LoginClosed, "the instance lets nobody register"));
                }
                let keys = derive(&credentials)?;
                let host = config.file_host.as_deref().unwrap_or(&self.origin);
                let request = get(format!("{host}{}", keys.block.path()), None);
                self.state = State::ExpectNoBlock { keys, config };
                Ok(Next::Ask(request, Phase::Block))
            }
            State::ExpectNoBlock { keys, config } => match reply.status {
                404 => self.draw(keys, config, entropy),
                200 | 401 => Err(taken()),
                status => Err(Error::new(Code::NetHttp, "the server did not answer for the log-in block")
                    .with("status", status)),
            },
            State::ExpectChallenge { keys, challenge } => {
                let body = challenge.second_body(&accepted(&reply)?, &keys.block.sign)?;
                self.state = State::ExpectWritten;
                Ok(Next::Ask(self.auth(body), Phase::Block))
            }
            State::ExpectWritten => accepted(&reply).map(|_| Next::Registered),
            State::Drawn { .. } | State::Ended => {
                Err(Error::new(Code::Internal, "an answer came that nobody asked for"))
            }
        }
    }

    fn draw(
        &mut self,
        keys: LoginKeys,
        config: Config,
        mut entropy: &mut dyn Entropy,
    ) -> Result<Next, Error> {
        let fresh = FreshChannel::draw("drive", None, &mut entropy)?;
        let NewAccount { document, ed_public } = NewAccount::draw(&self.username, &mut entropy)?;
        let block = Block {
            user_hash: fresh.hash().clone(),
            ed_public: Some(ed_public.clone()),
            extra: Object::new(),
        };
        let block = block::seal(&block, &keys.block.symmetric, &mut entropy)?;
        let id = Some(keys.block.id.clone());
        let signed_in = SignedIn::from_user_hash(fresh.hash(), id, config.socket_url, config.admin_keys)?;
        let legacy = ChannelId::parse(&keys.legacy.channel);
        self.state = State::Drawn { keys, block };
        Ok(Next::Create(Box::new(Drawn { fresh, document, ed_public, signed_in, legacy })))
    }

    /// The account document is there: the request that begins to write the block.
    pub(super) fn write_block(&mut self, entropy: &mut dyn Entropy) -> Result<HttpRequest, Error> {
        let State::Drawn { keys, block } = std::mem::replace(&mut self.state, State::Ended) else {
            return Err(Error::new(Code::Internal, "there is no block to write"));
        };
        let mut content = Object::new();
        content.insert("publicKey", keys.block.sign.verifying_key().to_base64());
        content.insert("signature", encode_base64(&keys.block.sign_block(&block)));
        content.insert("ciphertext", encode_base64(&block));
        let mut command = Object::new();
        command.insert("command", "WRITE_BLOCK");
        command.insert("content", content);
        let challenge = Challenge::new(Value::Object(command), &keys.block.sign, &mut { entropy })?;
        let request = self.auth(challenge.first_body());
        self.state = State::ExpectChallenge { keys, challenge };
        Ok(request)
    }

    fn auth(&self, body: String) -> HttpRequest {
        post(format!("{}{}", self.origin, challenge::PATH), body)
    }
}

pub(super) fn taken() -> Error {
    Error::new(Code::LoginTaken, "there is an account under this name and password")
}

fn accepted(reply: &HttpReply) -> Result<Value, Error> {
    let answer = expect_json(reply)?;
    if reply.status == 200 {
        return Ok(answer);
    }
    let error =
        Error::new(Code::NetHttp, "the server does not take the log-in block").with("status", reply.status);
    Err(match answer.get("error").and_then(Value::as_str) {
        Some(word) => error.with("answer", word),
        None => error,
    })
}

/// Without the white space around it, as the registration page sends it.
fn trimmed(name: &Text) -> Text {
    name.as_str().map_or_else(|| name.clone(), |name| name.trim().into())
}
