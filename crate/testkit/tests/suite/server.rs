//! The server in memory behaves as a real one: it hands on and forgets the same things.

use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::document::new::NewAccount;
use pinfold_core::json::{Value, stringify};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::server::{Channel, KEEPER, MemoryServer, Outgoing, Quota, Stored, UID};

fn frames(answers: Vec<Outgoing>) -> Vec<String> {
    let of = |answer| match answer {
        Outgoing::Answer(answer) => answer.frames,
        Outgoing::Cut => Vec::new(),
    };
    answers.into_iter().flat_map(of).collect()
}

/// A client with a key, and its calls.
struct Caller {
    server: MemoryServer,
    key: SigningKey,
    cookie: Value,
}

impl Caller {
    fn new(server: MemoryServer) -> Self {
        let mut entropy = Seeded::new(5);
        let document = NewAccount::draw(&"x".into(), &mut &mut entropy).unwrap().document;
        let key = SigningKey::from_base64(document.get("edPrivate").unwrap().as_str().unwrap()).unwrap();
        let mut caller = Self { server, key, cookie: Value::Null };
        caller.server.connect();
        caller.call("COOKIE", "".into());
        caller
    }

    fn call(&mut self, command: &str, argument: Value) -> Vec<Value> {
        let signed = stringify(&Value::Array(vec![self.cookie.clone(), command.into(), argument.clone()]));
        let signature = pinfold_core::encoding::encode_base64(&self.key.sign_detached(signed.as_bytes()));
        let key = self.key.verifying_key().to_base64();
        let body =
            [signature.as_str().into(), key.as_str().into(), self.cookie.clone(), command.into(), argument];
        let text = stringify(&Value::Array(vec!["tx".into(), Value::Array(body.to_vec())]));
        let frame =
            stringify(&Value::Array(vec![1.0.into(), "MSG".into(), KEEPER.into(), text.as_str().into()]));
        let answer = frames(self.server.receive(&frame));
        let text = Value::parse(answer.last().unwrap()).unwrap().at(4).unwrap().as_str().unwrap().to_owned();
        let answer = Value::parse(&text).unwrap().as_array().unwrap()[1..].to_vec();
        if answer[0].as_str() != Some("ERROR") {
            self.cookie = answer[0].clone();
        }
        answer
    }

    fn hash(&mut self) -> String {
        self.call("GET_HASH", "".into())[1].as_str().unwrap().to_owned()
    }

    fn pinned(&self) -> usize {
        self.server.pins.values().map(|state| state.pinned().len()).sum()
    }
}

fn ids(letters: &str) -> Value {
    Value::Array(letters.chars().map(|letter| Value::from(letter.to_string().repeat(32).as_str())).collect())
}

#[test]
fn frames_of_others_are_handed_on_as_they_are() {
    let mut server = MemoryServer::default();
    server.connect();
    let (open, signed) = ("a".repeat(32), "b".repeat(32));
    let metadata = r#"{"validateKey":"KCf7/HXBAhkU/Zq0a70SKtnnYgM7dAWGkNb8v2CGlSQ="}"#.to_owned();
    server.channels.insert(open.clone(), Channel::default());
    let known =
        Channel { metadata: Some(metadata), last_checkpoint: Some("AAAA".into()), ..Channel::default() };
    server.channels.insert(signed.clone(), known);
    let deep = format!(",{}{}", "[".repeat(200), "]".repeat(200));
    let head = |target: &str| format!("[0,\"0123456789abcdef0123456789abcdef\",\"MSG\",\"{target}\"");
    for content in ["", ",\"x\",-1", ",7", &deep] {
        for target in [UID, &"e".repeat(34)] {
            assert_eq!(server.hand_on(target, content).unwrap(), format!("{}{content}]", head(target)));
        }
        let heard = server.hand_on(&open, content).unwrap();
        assert_eq!(heard, format!("{}{content},1700000000003]", head(&open)));
        assert_eq!(server.hand_on(&signed, content), None);
    }
    let checkpoint = ",\"cp|AAAA|garbage\"";
    assert_eq!(server.hand_on(&signed, checkpoint).unwrap(), format!("{}{checkpoint}]", head(&signed)));
    assert_eq!(server.hand_on(&signed, ",\"cp|BBBB|garbage\""), None);
    assert!(server.channels[&signed].messages.is_empty());

    let ask = format!("[1,\"MSG\",\"{KEEPER}\",\"[\\\"GET_HISTORY\\\",\\\"{open}\\\",{{\\\"txid\\\":7}}]\"]");
    let history = frames(server.receive(&ask));
    let line = format!("[7,null,\\\"MSG\\\",\\\"{open}\\\"{deep},1700000000003]");
    assert!(history.iter().any(|frame| frame.contains(&line)), "{history:?}");
}

#[test]
fn a_history_begins_at_the_last_copy_once_the_first_is_forgotten() {
    let id = "c".repeat(32);
    let message = |n: usize| format!("{n:064} and the rest");
    for (count, expected) in [(3, 4), (99, 100), (130, 1)] {
        let texts = (1..=count).chain([1]).map(message);
        let messages = texts.map(|message| Stored { message, time: 1 }).collect();
        let mut server = MemoryServer::default();
        server.connect();
        server.channels.insert(id.clone(), Channel { messages, ..Channel::default() });
        let asked =
            format!("[\"GET_HISTORY\",\"{id}\",{{\"txid\":7,\"lastKnownHash\":\"{}\"}}]", &message(1)[..64]);
        let ask = Value::Array(vec![1.0.into(), "MSG".into(), KEEPER.into(), asked.as_str().into()]);
        let history = frames(server.receive(&stringify(&ask)));
        assert_eq!(history.iter().filter(|frame| frame.contains("\"[7,")).count(), expected, "{count}");
    }
}

#[test]
fn a_pin_over_the_quota_is_refused_whole() {
    let sizes = "abc".chars().map(|letter| (letter.to_string().repeat(32), 40)).collect();
    let mut server = MemoryServer::default();
    server.quota = Some(Quota { limit: 100, sizes });
    let mut caller = Caller::new(server);
    let refused = caller.call("PIN", ids("abc"));
    assert_eq!(refused[1].as_str(), Some("E_OVER_LIMIT"));
    assert_eq!(caller.pinned(), 0);
    assert_eq!(caller.call("PIN", ids("ab")).len(), 1);
    assert_eq!(caller.call("GET_TOTAL_SIZE", Value::Null)[1].as_u64(), Some(80));
    assert_eq!(caller.call("GET_LIMIT", Value::Null)[1].as_u64(), Some(100));
    assert_eq!(caller.call("RESET", ids("abc")).len(), 1);
    assert_eq!(caller.call("PIN", ids("d"))[1].as_str(), Some("E_OVER_LIMIT"));
    assert_eq!(caller.pinned(), 3);
}

#[test]
fn what_is_glued_to_a_torn_line_is_in_the_session_and_not_on_the_disk() {
    let mut caller = Caller::new(MemoryServer::default());
    caller.call("PIN", ids("a"));
    caller.call("PIN", ids("b"));
    let owner = caller.key.verifying_key().to_base64();
    let both = caller.hash();
    caller.server.pins.get_mut(&owner).unwrap().tear();
    caller.call("PIN", ids("b"));
    assert_eq!(caller.hash(), both);
    assert_eq!(caller.call("EXPIRE_SESSION", "".into())[1].as_str(), Some("OK"));
    assert_eq!(caller.call("GET_HASH", "".into())[1].as_str(), Some("NO_COOKIE"));
    caller.cookie = Value::Null;
    caller.call("COOKIE", "".into());
    assert_ne!(caller.hash(), both);
    assert_eq!(caller.pinned(), 1);
    caller.call("PIN", ids("b"));
    assert_eq!((caller.hash(), caller.pinned()), (both, 2));
}

#[test]
fn another_connection_of_the_key_hears_of_the_end_of_the_session() {
    let mut caller = Caller::new(MemoryServer::default());
    caller.server.connect_peer(1);
    caller.call("EXPIRE_SESSION", "".into());
    let ended = caller.cookie.clone();
    caller.cookie = Value::Null;
    caller.call("COOKIE", "".into());
    let mine = std::mem::replace(&mut caller.cookie, ended);
    assert_eq!(caller.call("GET_HASH", "".into())[1].as_str(), Some("NO_COOKIE"));
    caller.cookie = mine;
    assert_eq!(caller.call("GET_HASH", "".into()).len(), 2);
}
