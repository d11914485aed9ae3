//! GET_HISTORY (PROTOCOL.md 9.2), and the way into its two relatives.

use super::access;
use super::answer::Answer;
use super::channels::Locked;
use super::context::Context;
use super::faults::Verdict;
use super::javascript::truthy;
use super::range;
use super::raw::list;
use super::signature::is_public_key;
use super::store::{Located, Metadata, StoreId, blocking};
use super::stream::stream;
use serde_json::{Map, Value, json};
use std::io;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// A creation request with more metadata than this is not answered.
const LARGEST_METADATA: usize = 64 * 1024;

/// Checks a history request and answers it; the messages follow in a task of their own.
pub(crate) async fn answer(
    context: &Arc<Context>,
    command: &str,
    request: &[Value],
    answer: Answer,
    verdict: Verdict,
) {
    let keeper = json!(context.hub.keeper());
    let id = request.get(1).and_then(Value::as_str).and_then(|id| id.parse::<StoreId>().ok());
    let Some(id) = id.filter(|id| !id.is_blob()) else {
        refuse_id(command, request, &answer, keeper);
        return;
    };
    // This wait stands before the lock: a client that does not read its answers must not hold the channel's lock.
    let Some(turn) = answer.connection().stream().await else { return };
    let mut memory = context.channels.lock(&id).await;
    let opened = open(context, &mut memory, &id, &answer, &verdict).await;
    let metadata = match opened {
        Ok(Some(metadata)) => metadata,
        Ok(None) => return,
        Err(error) => {
            tracing::error!(%error, "history could not be read");
            answer.refuse(&[json!("ENOENT"), keeper]);
            return;
        }
    };
    let done = match command {
        "GET_HISTORY" => {
            let options = request.get(2).and_then(Value::as_object).cloned().unwrap_or_default();
            let ask = Ask { id, options, metadata, verdict };
            ask.answer(context, memory, answer, turn).await
        }
        _ => {
            // The log is read as it is now; the channel may go on meanwhile.
            drop(memory);
            range::answer(context, &id, request, answer, verdict, turn).await
        }
    };
    if let Err(error) = done {
        tracing::error!(%error, "history could not be read");
    }
}

/// Answers for an id that no channel can have.
fn refuse_id(command: &str, request: &[Value], answer: &Answer, keeper: Value) {
    if command != "GET_HISTORY" {
        answer.refuse(&[json!("EINVAL"), keeper]);
        return;
    }
    answer.acknowledge();
    let option = |name| request.get(2).and_then(|options| options.get(name));
    let text = error_text("EINVAL", None, request.get(1), option("txid"));
    answer.direct_with_priority(&text, option("priority").unwrap_or(&Value::Null));
}

/// Access and expiry: the metadata, or `None` when the request was answered already, or gets no answer.
async fn open(
    context: &Context,
    memory: &mut Locked,
    id: &StoreId,
    answer: &Answer,
    verdict: &Verdict,
) -> io::Result<Option<Option<Arc<Metadata>>>> {
    let metadata = memory.metadata(&context.store, id).await?;
    let accounts = answer.connection().accounts();
    if access::refusal(metadata.as_deref(), &accounts, verdict).is_some() {
        answer.refuse(&[json!("ERESTRICTED"), json!(context.hub.keeper())]);
        return Ok(None);
    }
    if access::expired(context, memory, id).await? {
        return Ok(None);
    }
    Ok(Some(memory.metadata(&context.store, id).await?))
}

struct Ask {
    id: StoreId,
    options: Map<String, Value>,
    metadata: Option<Arc<Metadata>>,
    verdict: Verdict,
}

impl Ask {
    async fn answer(
        self,
        context: &Arc<Context>,
        mut memory: Locked,
        answer: Answer,
        turn: OwnedSemaphorePermit,
    ) -> io::Result<()> {
        answer.acknowledge();
        let priority = self.options.get("priority").cloned().unwrap_or(Value::Null);
        if let Some(reason) = &self.verdict.absent {
            let text = match (reason, self.known()) {
                (None, None) => self.end(),
                (reason, _) => self.error("EDELETED", reason.as_deref()),
            };
            answer.direct_with_priority(&text, &priority);
            return Ok(());
        }
        if let Some(reason) = self.placeholder(context).await? {
            answer.direct_with_priority(&self.error("EDELETED", Some(&reason)), &priority);
            return Ok(());
        }
        let metadata = match &self.metadata {
            Some(metadata) => Some(metadata.clone()),
            None => match self.create(context, &mut memory, &answer).await? {
                Creation::Refused => return Ok(()),
                Creation::Made(metadata) => Some(metadata),
                Creation::Not => None,
            },
        };
        if let Some(metadata) = metadata {
            answer.direct_with_priority(&metadata.to_json(), &priority);
        }
        let start = match self.start(context, &mut memory).await? {
            Start::Nothing => {
                answer.direct_with_priority(&self.end(), &priority);
                return Ok(());
            }
            Start::Failed(error) => {
                answer.direct_with_priority(&self.error(error, None), &priority);
                return Ok(());
            }
            Start::From(start) => start,
        };
        let end = memory.index(&context.store, &self.id).await?.map_or(0, |index| index.end());
        let (files, id) = (context.store.channels.clone(), self.id.clone());
        let reader = blocking(move || files.read(&id, start, end)).await?;
        // From here on the channel may go on: the reader sees the log as it was.
        drop(memory);
        let closing = self.end();
        let txid = self.options.get("txid").filter(|txid| truthy(txid)).cloned();
        let verdict = self.verdict;
        context.tasks.spawn(async move {
            let txid = txid.map(|txid| txid.to_string());
            let send = |mut line: Vec<String>| {
                if let (Some(first), Some(txid)) = (line.first_mut(), &txid) {
                    first.clone_from(txid);
                }
                answer.direct_with_priority(&list(line.iter().map(String::as_str)), &priority);
            };
            if stream(reader, &answer, &verdict, send).await {
                answer.direct_with_priority(&closing, &priority);
            }
            drop(turn);
        });
        Ok(())
    }

    /// The reason the channel is gone; nothing when it lives again, or the client insists.
    async fn placeholder(&self, context: &Context) -> io::Result<Option<String>> {
        let forced = self.sent().is_some_and(|sent| sent.get("forcePlaceholder").is_some_and(truthy));
        if self.metadata.is_some() || forced || self.id.is_ephemeral() {
            return Ok(None);
        }
        let (files, id) = (context.store.channels.clone(), self.id.clone());
        blocking(move || files.placeholder(&id)).await
    }

    async fn create(&self, context: &Context, memory: &mut Locked, answer: &Answer) -> io::Result<Creation> {
        let stored = memory.index(&context.store, &self.id).await?.is_some_and(|index| !index.is_empty());
        let joined = context.hub.is_member(self.id.as_str(), answer.connection().uid());
        if stored || !joined || self.known().is_some() || self.id.is_admin() {
            return Ok(Creation::Not);
        }
        let sent = self.sent().cloned().unwrap_or_default();
        let key = sent.get("validateKey").filter(|key| truthy(key));
        if key.is_some_and(|key| !key.as_str().is_some_and(is_public_key)) {
            return Ok(Creation::Refused);
        }
        let metadata = Metadata::create(sent, self.id.as_str(), context.clock.now());
        if metadata.to_json().len() > LARGEST_METADATA {
            return Ok(Creation::Refused);
        }
        memory.create(&context.store, &self.id, metadata.clone()).await?;
        Ok(Creation::Made(Arc::new(metadata)))
    }

    async fn start(&self, context: &Context, memory: &mut Locked) -> io::Result<Start> {
        let known = self.known();
        let Some(index) = memory.index(&context.store, &self.id).await? else {
            return Ok(if known.is_some() { Start::Failed("EDELETED") } else { Start::Nothing });
        };
        let Some(hash) = known else {
            let whole = self.options.get("lastKnownHash").is_some_and(is_minus_one);
            return Ok(Start::From(if whole { 0 } else { index.newcomer() }));
        };
        Ok(match index.locate(hash) {
            Located::At(offset) => Start::From(offset),
            Located::Unknown => Start::Failed("EUNKNOWN"),
            Located::Search => {
                let end = index.end();
                let (files, id, hash) = (context.store.channels.clone(), self.id.clone(), hash.to_owned());
                let found = blocking(move || files.search(&id, &hash, end)).await?;
                found.map_or(Start::Failed("EUNKNOWN"), Start::From)
            }
        })
    }

    /// The last known hash. -1, an empty text and the like count as not given.
    fn known(&self) -> Option<&str> {
        self.options.get("lastKnownHash")?.as_str().filter(|hash| !hash.is_empty())
    }

    fn sent(&self) -> Option<&Map<String, Value>> {
        self.options.get("metadata")?.as_object()
    }

    fn end(&self) -> String {
        let mut end = json!({"state": 1, "channel": self.id.as_str()});
        add_txid(&mut end, self.options.get("txid"));
        end.to_string()
    }

    fn error(&self, error: &str, message: Option<&str>) -> String {
        error_text(error, message, Some(&json!(self.id.as_str())), self.options.get("txid"))
    }
}

enum Creation {
    Made(Arc<Metadata>),
    Not,
    /// The request is bad: it gets no answer beyond its ACK.
    Refused,
}

enum Start {
    From(u64),
    Nothing,
    Failed(&'static str),
}

/// `{"error","message"?,"channel","txid"?}`.
pub(crate) fn error_text(
    error: &str,
    message: Option<&str>,
    channel: Option<&Value>,
    txid: Option<&Value>,
) -> String {
    let mut fields = Map::new();
    fields.insert("error".into(), json!(error));
    if let Some(message) = message {
        fields.insert("message".into(), json!(message));
    }
    fields.insert("channel".into(), channel.cloned().unwrap_or_default());
    let mut text = Value::Object(fields);
    add_txid(&mut text, txid);
    text.to_string()
}

fn add_txid(object: &mut Value, txid: Option<&Value>) {
    if let (Some(fields), Some(txid)) = (object.as_object_mut(), txid.filter(|txid| truthy(txid))) {
        fields.insert("txid".into(), txid.clone());
    }
}

fn is_minus_one(value: &Value) -> bool {
    value.as_f64() == Some(-1.0)
}
