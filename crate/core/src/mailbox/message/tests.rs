use super::*;

fn read(text: &str) -> (Message, Claims) {
    Message::read(text).unwrap()
}

fn content(kind: &str, content: &str) -> Message {
    read(&format!(r#"{{"type":"{kind}","content":{content}}}"#)).0
}

/// The shapes that were recorded from a real client, with other values.
#[test]
fn recorded_shapes() {
    let (message, claims) = read(
        r#"{"type":"FRIEND_REQUEST","content":{"user":{"channel":"5a0cf89137b567359765222b6e70cc19","displayName":"Bob","profile":"/2/profile/view/Gxu3/","edPublic":"H6N7","curvePublic":"1bYx","notifications":"da3ad1df02bfbb72d27a2c2d0a914c9b","uid":"9f41"}}}"#,
    );
    assert_eq!(message, Message::FriendRequest(Nothing));
    assert_eq!(claims.display_name.as_deref(), Some("Bob"));
    assert_eq!(claims.notifications.as_deref(), Some("da3ad1df02bfbb72d27a2c2d0a914c9b"));
    let shared = content(
        "SHARE_PAD",
        r#"{"href":"/code/#/2/code/edit/kRbHoV8THvNcP0ZuvIvBBqaP/","isTemplate":false,"password":"","title":"roadmap 8"}"#,
    );
    let Message::SharePad(document) = &shared else { panic!("{shared:?}") };
    assert_eq!((document.title.as_deref(), document.password_protected), (Some("roadmap 8"), false));
    let derived = crate::href::href_to_channel("/code/#/2/code/edit/kRbHoV8THvNcP0ZuvIvBBqaP/", None);
    assert_eq!(document.channel, derived.unwrap());
    assert_eq!(shared.subjects(), [Subject::Channel(document.channel.clone().unwrap())]);
    let invited = content(
        "INVITE_TO_TEAM",
        r#"{"team":{"channel":"629df8fc195ee5fdd5b98c34f3685db7","password":"x","metadata":{"name":"Crew"}}}"#,
    );
    assert_eq!(invited.subjects(), [Subject::Team("629df8fc195ee5fdd5b98c34f3685db7".to_owned())]);
    assert!(matches!(invited, Message::InviteToTeam(Team { name: Some(name), .. }) if name == "Crew"));
}

#[test]
fn the_channel_that_a_message_names_counts_before_the_one_of_its_link() {
    let id = "0123456789abcdef0123456789abcdef";
    let message =
        content("ADD_OWNER", &format!(r#"{{"channel":"{id}","teamChannel":"{id}","pending":true}}"#));
    assert_eq!(message.subjects(), [Subject::Channel(id.to_owned()), Subject::Team(id.to_owned())]);
    let shut = content("MENTION", r#"{"channel":"no channel","href":"/pad/#/3/pad/edit/x/"}"#);
    assert_eq!(shut.subjects(), []);
}

#[test]
fn every_kind_tells_the_fields_it_has() {
    let id = "0123456789abcdef0123456789abcdef";
    let told = |kind: &str| {
        let fields = format!(
            r#"{{"channel":"{id}","title":"a","teamChannel":"{id}","teamName":"b","pending":true,
                "answer":false,"state":true,"uid":"c","url":"d","start":1,"end":2}}"#
        );
        let mut told = Vec::new();
        content(kind, &fields).facts(&mut |key, fact| {
            told.push(match fact {
                Fact::Text(text) => format!("{key} {}", text.replace(id, "id")),
                Fact::Flag(flag) => format!("{key} {flag}"),
                Fact::Number(number) => format!("{key} {number:.0}"),
            });
        });
        told.join(", ")
    };
    let document =
        "channel id, title a, team id, passwordProtected false, template false, pending true, answer false";
    assert_eq!(told("ADD_OWNER"), document);
    assert_eq!(told("TEAM_EDIT_RIGHTS"), "team id, name b, answer false, edit true");
    assert_eq!(told("NEW_TICKET"), "channel id, title a");
    assert_eq!(told("SF_DELETED"), "channel id, title a");
    assert_eq!(told("BROADCAST_SURVEY"), "uid c, url d, start 1, end 2");
    let deleted = content("SF_DELETED", &format!(r#"{{"channel":"{id}"}}"#));
    assert_eq!(deleted.subjects(), [Subject::Channel(id.to_owned())]);
}

#[test]
fn every_kind_survives_whatever_it_holds() {
    let odd = [
        "null",
        "7",
        "[]",
        "\"x\"",
        "{}",
        r#"{"href":7,"channel":[],"team":[],"teamData":7,"user":7,"title":{},"start":"x","answer":"yes"}"#,
        r#"{"href":"/pad/#/2/pad/edit/x/","password":{},"user":{"curvePublic":1,"displayName":"\ud800"}}"#,
    ];
    for kind in Message::KINDS.iter().chain(&["NO_SUCH_KIND"]) {
        for text in odd {
            let message = content(kind, text);
            assert_eq!(message.kind(), Some(*kind));
            message.subjects();
            message.facts(&mut |_, _| {});
            assert_eq!(matches!(message, Message::Other { .. }), *kind == "NO_SUCH_KIND");
        }
        let (bare, claims) = read(&format!(r#"{{"type":"{kind}"}}"#));
        assert_eq!((bare.kind(), claims), (Some(*kind), Claims::default()));
    }
}

#[test]
fn what_is_no_object_is_malformed() {
    for text in ["", "null", "[]", "\"text\"", "note to self", "{\"type\":", "7"] {
        assert_eq!(Message::read(text).map_err(|error| error.code()), Err(Code::MailboxMalformed), "{text}");
    }
    assert_eq!(read("{}").0, Message::Other { kind: None });
    assert_eq!(read(r#"{"type":7}"#).0, Message::Other { kind: None });
}

#[test]
fn a_claim_counts_if_the_key_says_the_same() {
    let claims = Claims { curve_public: Some("mine".to_owned()), ..Claims::default() };
    let sender = |author: Option<&str>, claims: &Claims| Sender {
        author: author.map(str::to_owned),
        claims: claims.clone(),
    };
    assert_eq!(sender(Some("mine"), &claims).claim(), Claim::Own);
    assert_eq!(sender(Some("other"), &claims).claim(), Claim::Foreign);
    assert_eq!(sender(None, &claims).claim(), Claim::Foreign);
    assert_eq!(sender(Some("mine"), &Claims::default()).claim(), Claim::None);
}

#[test]
fn debug_shows_no_key() {
    let shared =
        content("SHARE_PAD", r#"{"href":"/code/#/2/code/edit/kRbHoV8THvNcP0ZuvIvBBqaP/","title":"plan"}"#);
    let shown = format!("{shared:?}");
    assert!(!shown.contains("kRbH") && !shown.contains("plan"), "{shown}");
}
