//! From a name and a password that nobody has to the keys of a new account (PROTOCOL.md 4.4 and 4.5).
//!
//! ```text
//! ExpectConfig ▶ Deriving ▶ ExpectNoBlock ──404──▶ Drawn: the session creates the account document
//!                               │ it opens: taken     │ written
//!                               ▼                ExpectChallenge ▶ ExpectStillNoBlock ▶ ExpectWritten
//!                                                                                            │ whatever was answered
//!                                                signed in ◀ ExpectKept ◀ (a rest) ◀ ExpectReadBack
//! ```
//! The block comes last: a name and a password never lead to a document that is not there. Whether it was stored is
//! read, and not believed of the answer to the request that stores it: only what the next log-in is given counts.
//!
//! Two who register the same at once both find no block, and the later block replaces the earlier one: the protocol
//! has no "only if there is none". So each looks again right before it writes, and again a rest after. Both would believe
//! to be registered only if one of them took longer than the rest from that look to its write.

use core::time::Duration;

use crate::account::block::{self, Block};
use crate::account::challenge::{self, Challenge};
use crate::account::login::LoginKeys;
use crate::document::new::NewAccount;
use crate::encoding::encode_base64;
use crate::error::{Code, Error};
use crate::href::FreshChannel;
use crate::ids::ChannelId;
use crate::json::{Object, Text, Value};
use crate::ports::{Entropy, UnixMillis};
use crate::session::effect::{Credentials, HttpReply, HttpRequest, Phase};
use crate::session::login::{Config, SignedIn, checked, expect_json, get, post};
use crate::session::pacing::Pacing;

/// The fewest UTF-16 units of a new password (4.1).
const SHORTEST: usize = 8;
/// The rest before the block is read a second time.
const REST: Duration = Duration::from_secs(2);
/// How often the block is asked for before it counts as unknown what became of it.
const LOOKS: u32 = 3;

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
    /// [`Registration::go_on`], once the host has done what else it has to do.
    GoOn,
    /// Nothing for so long; then [`Registration::go_on`].
    Rest(Duration),
    Registered,
}

/// The block that is to be stored, and where.
#[derive(Debug)]
struct Sealed {
    keys: LoginKeys,
    bytes: Vec<u8>,
    address: String,
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
    ExpectNoBlock {
        keys: LoginKeys,
        config: Config,
        address: String,
    },
    Drawn(Sealed),
    ExpectChallenge {
        sealed: Sealed,
        challenge: Challenge,
    },
    /// The signed request is ready: is there still no block?
    ExpectStillNoBlock {
        sealed: Sealed,
        body: String,
    },
    ExpectWritten(Sealed),
    /// What was answered to the write, and how often may still be looked.
    ExpectReadBack {
        sealed: Sealed,
        answer: Result<(), Error>,
        looks: u32,
    },
    Resting(Sealed),
    ExpectKept {
        sealed: Sealed,
        looks: u32,
    },
    Ended,
}

/// What stands at the address of a block.
enum Found {
    /// What we stored.
    Ours,
    /// A block of the same name and password that somebody else stored.
    Others,
    /// Nothing, the server says.
    Nothing,
    /// Something that is no answer for a block: of a proxy, or to an earlier question.
    Odd(Error),
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
        let username = credentials.username.trimmed();
        let credentials = checked(Credentials { username, ..credentials })?;
        if credentials.password.expose().len() < SHORTEST {
            return Err(
                Error::new(Code::MisuseBadArgument, "the password is too short").with("least", SHORTEST)
            );
        }
        let (origin, username) = (credentials.origin.clone(), credentials.username.typed().clone());
        let request = get(format!("{origin}/api/config"), None);
        Ok((Self { origin, username, state: State::ExpectConfig { credentials } }, request))
    }

    /// Whether the block may be stored already. From there on an error that is not one of ours says nothing of it.
    pub(super) fn may_be_stored(&self) -> bool {
        matches!(
            self.state,
            State::ExpectWritten(_)
                | State::ExpectReadBack { .. }
                | State::Resting(_)
                | State::ExpectKept { .. }
        )
    }

    /// Takes the result of the last request.
    pub(super) fn handle(
        &mut self,
        reply: Result<HttpReply, Error>,
        entropy: &mut dyn Entropy,
    ) -> Result<Next, Error> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::ExpectConfig { credentials } => {
                let config = Config::parse(&reply?, &self.origin)?;
                if config.closed {
                    return Err(Error::new(Code::LoginClosed, "the instance lets nobody register"));
                }
                self.state = State::Deriving { pacing: Pacing::begin(&credentials)?, config };
                Ok(Next::GoOn)
            }
            State::ExpectNoBlock { keys, config, address } => {
                free(&keys, &reply?)?;
                self.draw(keys, config, address, entropy)
            }
            State::ExpectChallenge { sealed, challenge } => {
                let body = challenge.second_body(&accepted(&reply?)?, &sealed.keys.block.sign)?;
                let request = get(sealed.address.clone(), None);
                self.state = State::ExpectStillNoBlock { sealed, body };
                Ok(Next::Ask(request, Phase::Block))
            }
            State::ExpectStillNoBlock { sealed, body } => {
                free(&sealed.keys, &reply?)?;
                self.state = State::ExpectWritten(sealed);
                Ok(Next::Ask(self.auth(body), Phase::Block))
            }
            State::ExpectWritten(sealed) => {
                let answer = reply.and_then(|reply| match reply.status {
                    200 => Ok(()),
                    _ => accepted(&reply).map(drop),
                });
                Ok(self.look(sealed, answer, LOOKS))
            }
            State::ExpectReadBack { sealed, answer, looks } => match found(&sealed, reply) {
                Found::Ours => {
                    self.state = State::Resting(sealed);
                    Ok(Next::Rest(REST))
                }
                Found::Others => Err(taken()),
                Found::Nothing if answer.as_ref().is_err_and(is_refusal) => answer.map(|()| Next::Registered),
                Found::Nothing | Found::Odd(_) if looks > 1 => Ok(self.look(sealed, answer, looks - 1)),
                Found::Nothing if answer.is_ok() => Err(hidden()),
                Found::Nothing => Err(unconfirmed(answer.err().as_ref())),
                Found::Odd(error) => Err(error),
            },
            State::ExpectKept { sealed, looks } => match found(&sealed, reply) {
                Found::Ours => Ok(Next::Registered),
                Found::Others => Err(taken()),
                Found::Nothing | Found::Odd(_) if looks > 1 => Ok(self.look_again(sealed, looks - 1)),
                // It was there, so that somebody can log in.
                Found::Nothing | Found::Odd(_) => Ok(Next::Registered),
            },
            State::Deriving { .. } | State::Drawn(_) | State::Resting(_) | State::Ended => {
                Err(Error::new(Code::Internal, "an answer came that nobody asked for"))
            }
        }
    }

    /// After a rest, or with the next step of computation.
    pub(super) fn go_on(&mut self, now: UnixMillis) -> Result<Next, Error> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Resting(sealed) => Ok(self.look_again(sealed, LOOKS)),
            State::Deriving { mut pacing, config } => {
                let Some(keys) = pacing.step(now)? else {
                    self.state = State::Deriving { pacing, config };
                    return Ok(Next::GoOn);
                };
                let host = config.file_host.as_deref().unwrap_or(&self.origin);
                let address = format!("{host}{}", keys.block.path());
                let request = get(address.clone(), None);
                self.state = State::ExpectNoBlock { keys, config, address };
                Ok(Next::Ask(request, Phase::Block))
            }
            _ => Err(Error::new(Code::Internal, "there is nothing to go on with")),
        }
    }

    fn look(&mut self, sealed: Sealed, answer: Result<(), Error>, looks: u32) -> Next {
        let request = get(sealed.address.clone(), None);
        self.state = State::ExpectReadBack { sealed, answer, looks };
        Next::Ask(request, Phase::Block)
    }

    fn look_again(&mut self, sealed: Sealed, looks: u32) -> Next {
        let request = get(sealed.address.clone(), None);
        self.state = State::ExpectKept { sealed, looks };
        Next::Ask(request, Phase::Block)
    }

    fn draw(
        &mut self,
        keys: LoginKeys,
        config: Config,
        address: String,
        mut entropy: &mut dyn Entropy,
    ) -> Result<Next, Error> {
        let fresh = FreshChannel::draw("drive", None, &mut entropy)?;
        let NewAccount { document, ed_public } = NewAccount::draw(&self.username, &mut entropy)?;
        let block = Block {
            user_hash: fresh.hash().clone(),
            ed_public: Some(ed_public.clone()),
            extra: Object::new(),
        };
        let bytes = block::seal(&block, &keys.block.symmetric, &mut entropy)?;
        let id = Some(keys.block.id.clone());
        let signed_in = SignedIn::from_user_hash(fresh.hash(), id, config.socket_url, config.admin_keys)?;
        let legacy = ChannelId::parse(&keys.legacy.channel);
        self.state = State::Drawn(Sealed { keys, bytes, address });
        Ok(Next::Create(Box::new(Drawn { fresh, document, ed_public, signed_in, legacy })))
    }

    /// The account document is there: the request that begins to write the block.
    pub(super) fn write_block(&mut self, entropy: &mut dyn Entropy) -> Result<HttpRequest, Error> {
        let State::Drawn(sealed) = std::mem::replace(&mut self.state, State::Ended) else {
            return Err(Error::new(Code::Internal, "there is no block to write"));
        };
        let keys = &sealed.keys.block;
        let mut content = Object::new();
        content.insert("publicKey", keys.sign.verifying_key().to_base64());
        content.insert("signature", encode_base64(&keys.sign_block(&sealed.bytes)));
        content.insert("ciphertext", encode_base64(&sealed.bytes));
        let mut command = Object::new();
        command.insert("command", "WRITE_BLOCK");
        command.insert("content", content);
        let challenge = Challenge::new(Value::Object(command), &keys.sign, &mut { entropy })?;
        let request = self.auth(challenge.first_body());
        self.state = State::ExpectChallenge { sealed, challenge };
        Ok(request)
    }

    fn auth(&self, body: String) -> HttpRequest {
        post(format!("{}{}", self.origin, challenge::PATH), body)
    }
}

/// Whether there is no block under a name and a password.
fn free(keys: &LoginKeys, reply: &HttpReply) -> Result<(), Error> {
    match reply.status {
        404 => Ok(()),
        200 if keys.block.open(&reply.body).is_ok() => Err(taken()),
        200 => Err(hidden()),
        401 if expect_json(reply).is_ok() => Err(taken()),
        status => Err(Error::new(Code::NetHttp, "the server did not answer for the log-in block")
            .with("status", status)),
    }
}

fn found(sealed: &Sealed, reply: Result<HttpReply, Error>) -> Found {
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => return Found::Odd(unconfirmed(Some(&error))),
    };
    match reply.status {
        200 if reply.body == sealed.bytes => Found::Ours,
        200 if sealed.keys.block.open(&reply.body).is_ok() => Found::Others,
        // Behind a second factor that is not ours.
        401 if expect_json(&reply).is_ok() => Found::Others,
        404 => Found::Nothing,
        status => Found::Odd(hidden().with("status", status)),
    }
}

pub(super) fn taken() -> Error {
    Error::new(Code::LoginTaken, "there is an account under this name and password")
}

fn hidden() -> Error {
    Error::new(Code::LoginBlockHidden, "what is stored at the address of log-in blocks cannot be read there")
}

/// Whether the server itself refused, in its own words: what stands before it may say anything.
fn is_refusal(error: &Error) -> bool {
    error.detail().iter().any(|(fact, _)| *fact == "answer")
}

/// The block was sent, and nothing tells what became of it.
pub(super) fn unconfirmed(cause: Option<&Error>) -> Error {
    let error = Error::new(Code::LoginUnconfirmed, "it is not known whether the account was registered");
    match cause {
        Some(cause) => error.with("cause", cause.code().as_str()),
        None => error,
    }
}

fn accepted(reply: &HttpReply) -> Result<Value, Error> {
    let answer = expect_json(reply);
    if reply.status == 200 {
        return answer;
    }
    let error =
        Error::new(Code::NetHttp, "the server does not take the log-in block").with("status", reply.status);
    let word = answer.ok().and_then(|answer| Some(answer.get("error")?.as_str()?.to_owned()));
    Err(match word {
        Some(word) => error.with("answer", word),
        None => error,
    })
}
