//! What is asked of the server, and what its answers say.

use pinfold_core::channel::Existence;
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::{ChannelId, PinId};
use pinfold_core::net::unavailable::Unavailable;
use pinfold_core::report::{Standing, Subject};
use pinfold_core::session::effect::{Answer, Question};

use super::{About, Asked, Care, Diagnosis, Thing};

impl Diagnosis {
    /// The next questions, at most so many: as many as a host has room for. None: there is nothing to ask now, and while answers are
    /// awaited they may bring new ones. The lists come first and alone: that makes the connection known, and restricted channels answer.
    pub fn next(&mut self, most: usize) -> Vec<Asked> {
        if self.asked == 0 {
            let lists = self.lists.iter().enumerate().map(|(at, list)| Asked {
                question: Question::ListHash(list.key.clone()),
                about: About::List(at),
            });
            let things = self.things.iter().enumerate().filter(|(_, thing)| thing.state.is_none());
            let things = things.filter_map(|(at, thing)| {
                Some(Asked { question: thing.first(self.care)?, about: About::Thing(at) })
            });
            let mut open: Vec<Asked> = lists.chain(things).collect();
            open.reverse();
            self.asked = open.len();
            self.open = open;
        }
        let mut batch = Vec::new();
        while batch.len() < most {
            let is_list = |asked: &Asked| matches!(asked.about, About::List(_));
            let awaits_lists = self.open_lists > 0;
            let Some(asked) = self.open.pop_if(|asked| !awaits_lists || is_list(asked)) else { break };
            self.open_lists += usize::from(is_list(&asked));
            batch.push(asked);
        }
        batch
    }

    /// How many questions were answered, and how many there are as far as is known.
    pub const fn progress(&self) -> (usize, usize) {
        (self.answered, self.asked)
    }

    /// Takes an answer in.
    ///
    /// # Errors
    /// What concerns the whole diagnosis is handed back: `net/closed`, `misuse/*` and the like. A server that does not
    /// answer one question, or refuses it, says something about that one alone.
    pub fn answer(&mut self, asked: &Asked, answer: Result<Answer, Error>) -> Result<(), Error> {
        self.answered += 1;
        if let About::List(_) = asked.about {
            self.open_lists = self.open_lists.saturating_sub(1);
        }
        let answer = match answer {
            Err(error) if !concerns_one(&error) => return Err(error),
            answer => answer,
        };
        match asked.about {
            About::List(at) => {
                let Some(list) = self.lists.get_mut(at) else { return Ok(()) };
                match answer {
                    Ok(Answer::ListHash(hash)) => list.server = Some(hash).filter(|hash| is_word(hash)),
                    Err(error) if error.code() == Code::CryptoReadOnly => list.is_ours = false,
                    _ => {}
                }
            }
            About::Thing(at) => {
                let next = self.things.get_mut(at).and_then(|thing| thing.take(&asked.question, answer));
                if let Some(question) = next {
                    self.asked += 1;
                    self.open.push(Asked { question, about: asked.about });
                }
            }
        }
        Ok(())
    }
}

/// Who put it away, by the word that was left in its place.
fn gone(reason: String) -> Standing {
    if (Unavailable::Deleted { reason }).is_archived() { Standing::Archived } else { Standing::Deleted }
}

impl Thing {
    fn first(&self, care: Care) -> Option<Question> {
        let size = || PinId::parse(&self.id).map(Question::Size);
        match ChannelId::parse(&self.id) {
            _ if self.kind == Subject::File => size(),
            Some(channel) if care == Care::Quick => Some(Question::Exists(channel)),
            Some(channel) => Some(Question::Newest(channel)),
            None => size(),
        }
    }

    /// What an answer says; a further question, where it does not say enough.
    fn take(&mut self, question: &Question, answer: Result<Answer, Error>) -> Option<Question> {
        let channel = || ChannelId::parse(&self.id);
        let state = match (question, answer) {
            (_, Ok(Answer::Newest(Some(line)))) => {
                self.newest(&line);
                return None;
            }
            (_, Ok(Answer::Newest(None))) => return channel().map(Question::Exists),
            (_, Ok(Answer::Exists(Existence::Known))) => Standing::There,
            (_, Ok(Answer::Exists(Existence::New { reason: Some(reason) }))) => gone(reason),
            // Metadata alone: a mailbox without letters, or a document that was cleared.
            (_, Ok(Answer::Exists(Existence::New { reason: None }))) => {
                return PinId::parse(&self.id).map(Question::Size);
            }
            (_, Ok(Answer::Size(0))) => match PinId::parse(&self.id).filter(|_| self.kind == Subject::File) {
                Some(id) => return Some(Question::Why(id)),
                None => Standing::Missing,
            },
            (_, Ok(Answer::Why(Some(reason)))) => gone(reason),
            // That it is not there was said before.
            (_, Ok(Answer::Why(None))) | (Question::Why(_), Err(_)) => Standing::Missing,
            (_, Ok(Answer::Size(_))) if self.kind == Subject::File => Standing::There,
            (_, Ok(Answer::Size(_))) => Standing::Empty,
            (_, Err(error)) if error.code() == Code::FolderRestricted => Standing::Restricted,
            // An expired channel does not answer; the other question may.
            (Question::Newest(_), Err(error)) => {
                self.code = Some(error.code().as_str());
                return channel().map(Question::Exists);
            }
            (_, Err(error)) => {
                self.code = Some(error.code().as_str());
                Standing::Unanswered
            }
            (_, Ok(Answer::Exists(Existence::Unanswered) | Answer::ListHash(_) | Answer::Members(_))) => {
                Standing::Unanswered
            }
        };
        self.state = Some(state);
        None
    }
}

/// Whether an error says something about one question only.
fn concerns_one(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::NetTimeout
            | Code::RpcRefused
            | Code::RpcNoCookie
            | Code::PeerMalformed
            | Code::FolderMissing
            | Code::FolderRestricted
            | Code::CryptoReadOnly
    )
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text != "-" && text.bytes().all(|byte| byte.is_ascii_graphic())
}
