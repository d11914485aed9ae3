//! The members of a team, replayed from the roster channel (PROTOCOL.md section 16.3).

use crate::json::{Object, Value, canonical};

/// What the roster channel is asked with when no checkpoint was ever accepted: the whole log.
pub const WHOLE_LOG: i64 = -1;

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May read.
    Viewer,
    /// May read and write.
    Member,
    /// May also invite and remove everyone but owners.
    Admin,
    /// May do everything.
    Owner,
}

impl Role {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "VIEWER" => Self::Viewer,
            "MEMBER" => Self::Member,
            "ADMIN" => Self::Admin,
            "OWNER" => Self::Owner,
            _ => return None,
        })
    }

    /// Whether somebody of this role may give another one.
    fn may_give(self, role: Self) -> bool {
        self == Self::Owner || (self == Self::Admin && role != Self::Owner)
    }
}

/// Why a command changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not JSON, no known command, or an argument of another shape.
    Malformed,
    /// No checkpoint came before.
    NotInitialised,
    /// The author's role does not allow it.
    Forbidden,
    /// It names somebody who is there and should not be, or the other way round.
    Members,
    /// A checkpoint that differs from the state.
    Differs,
}

/// A team's members and description, as far as the messages so far tell.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    members: Object,
    metadata: Object,
    /// The newest checkpoint names the description before the members, and so does the state.
    metadata_first: bool,
    last_checkpoint: Option<String>,
}

impl Roster {
    /// A roster before its first checkpoint.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next message: its hash, the author's public Curve25519 key as the envelope proves it, and
    /// the decrypted content.
    ///
    /// # Errors
    /// Says why the command was refused; the state is then as before, and replay goes on.
    pub fn push(&mut self, hash: &str, author: &str, content: &str) -> Result<(), Refusal> {
        let content = Value::parse(content).map_err(|_| Refusal::Malformed)?;
        let (Some(command), Some(argument)) = (content.at(0).and_then(Value::as_str), content.at(1)) else {
            return Err(Refusal::Malformed);
        };
        if command == "CHECKPOINT" {
            self.checkpoint(author, argument)?;
            self.last_checkpoint = Some(hash.to_owned());
            return Ok(());
        }
        if self.last_checkpoint.is_none() {
            return Err(Refusal::NotInitialised);
        }
        match command {
            "ADD" => self.add(author, argument, Role::Member, false),
            "INVITE" => self.add(author, argument, Role::Viewer, true),
            "RM" => self.remove(author, argument),
            "DESCRIBE" => self.describe(author, argument),
            "METADATA" => self.describe_team(author, argument),
            "ACCEPT" => self.accept(author, argument),
            _ => Err(Refusal::Malformed),
        }
    }

    /// Members by public Curve25519 key: `{role, displayName, notifications, …}`. Empty before the first
    /// checkpoint.
    pub fn members(&self) -> &Object {
        &self.members
    }

    /// The team's `{name, topic, avatar, …}`.
    pub fn metadata(&self) -> &Object {
        &self.metadata
    }

    /// The role of a member; `None` for everybody else.
    pub fn role(&self, curve: &str) -> Option<Role> {
        self.members.get(curve).and_then(role_of)
    }

    /// Hash of the last checkpoint that was accepted, from which a later reading may start.
    pub fn last_checkpoint_hash(&self) -> Option<&str> {
        self.last_checkpoint.as_deref()
    }

    /// `{members, metadata}`.
    pub fn state(&self) -> Value {
        let mut parts = [("members", &self.members), ("metadata", &self.metadata)];
        if self.metadata_first {
            parts.reverse();
        }
        let mut state = Object::new();
        parts.into_iter().for_each(|(key, part)| drop(state.insert(key, part.clone())));
        state.into()
    }

    fn checkpoint(&mut self, author: &str, argument: &Value) -> Result<(), Refusal> {
        if self.last_checkpoint.is_some() {
            self.require_admin(author)?;
            if canonical(argument) != canonical(&self.state()) {
                return Err(Refusal::Differs);
            }
            // The same state in another order: whoever replays from here on begins with this one.
            self.take_checkpoint(argument);
            return Ok(());
        }
        // The first one is believed whoever wrote it: there is nothing to check it against.
        let members = argument.get("members").and_then(Value::as_object).ok_or(Refusal::Malformed)?;
        let valid = |(curve, member): (&_, &Value)| is_curve(curve) && role_of(member).is_some();
        if !members.iter().all(valid) {
            return Err(Refusal::Malformed);
        }
        self.take_checkpoint(argument);
        for field in ["topic", "name", "avatar"] {
            if self.metadata.get(field).and_then(Value::as_text).is_none() {
                self.metadata.insert(field, "");
            }
        }
        Ok(())
    }

    fn take_checkpoint(&mut self, argument: &Value) {
        let part = |key| argument.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        let first = argument
            .as_object()
            .and_then(|state| state.keys().find(|key| *key == "members" || *key == "metadata"));
        self.metadata_first = first.is_some_and(|key| key == "metadata");
        self.members = part("members");
        self.metadata = part("metadata");
    }

    fn add(&mut self, author: &str, argument: &Value, role: Role, pending: bool) -> Result<(), Refusal> {
        let author = self.require_admin(author)?;
        let mut members = self.members.clone();
        for (curve, member) in argument.as_object().ok_or(Refusal::Malformed)?.iter() {
            let mut member =
                member.as_object().filter(|_| is_curve(curve)).ok_or(Refusal::Malformed)?.clone();
            if !member.contains_key("role") {
                member.insert("role", if role == Role::Viewer { "VIEWER" } else { "MEMBER" });
            }
            if pending && !member.contains_key("pending") {
                member.insert("pending", true);
            }
            let member = Value::from(member);
            if !author.may_give(role_of(&member).ok_or(Refusal::Malformed)?) {
                return Err(Refusal::Forbidden);
            }
            if members.insert(curve.clone(), member).is_some() {
                return Err(Refusal::Members);
            }
        }
        self.members = members;
        Ok(())
    }

    fn remove(&mut self, author: &str, argument: &Value) -> Result<(), Refusal> {
        let role = self.role(author);
        let mut members = self.members.clone();
        for curve in argument.as_array().ok_or(Refusal::Malformed)? {
            let curve = curve.as_str().filter(|curve| curve.len() == CURVE_LEN).ok_or(Refusal::Malformed)?;
            if curve != author {
                let target = self.role(curve).ok_or(Refusal::Members)?;
                role.filter(|role| role.may_give(target)).ok_or(Refusal::Forbidden)?;
            }
            members.remove(curve);
        }
        self.members = members;
        Ok(())
    }

    fn describe(&mut self, author: &str, argument: &Value) -> Result<(), Refusal> {
        let role = self.role(author).ok_or(Refusal::Forbidden)?;
        let mut members = self.members.clone();
        for (curve, fields) in argument.as_object().ok_or(Refusal::Malformed)?.iter() {
            let fields = fields.as_object().ok_or(Refusal::Malformed)?;
            let curve = curve.as_str().ok_or(Refusal::Malformed)?;
            let held = self.role(curve).ok_or(Refusal::Members)?;
            if curve != author && !role.may_give(held) {
                return Err(Refusal::Forbidden);
            }
            let member = members.get_mut(curve).and_then(Value::as_object_mut).ok_or(Refusal::Members)?;
            for (field, value) in fields.iter() {
                if field == "role" {
                    let given = value.as_str().and_then(Role::parse).ok_or(Refusal::Malformed)?;
                    let lowers_itself = curve == author && held == Role::Member && given == Role::Viewer;
                    if !role.may_give(given) && !lowers_itself {
                        return Err(Refusal::Forbidden);
                    }
                }
                if value.is_null() {
                    field.as_str().and_then(|field| member.remove(field));
                } else {
                    member.insert(field.clone(), value.clone());
                }
            }
        }
        self.members = members;
        Ok(())
    }

    fn describe_team(&mut self, author: &str, argument: &Value) -> Result<(), Refusal> {
        self.require_admin(author)?;
        let fields = argument.as_object().ok_or(Refusal::Malformed)?;
        let mut metadata = self.metadata.clone();
        for (field, value) in fields.iter() {
            let required = ["name", "topic", "avatar"].iter().any(|name| field == name);
            let removes = value.is_null() && !required;
            if !removes && value.as_text().is_none() {
                return Err(Refusal::Malformed);
            }
            // A removed field stays, with the value null: the real client does so, and states are compared.
            if !removes || self.metadata.get_text(field).is_some() {
                metadata.insert(field.clone(), value.clone());
            }
        }
        self.metadata = metadata;
        Ok(())
    }

    fn accept(&mut self, author: &str, argument: &Value) -> Result<(), Refusal> {
        let curve = argument.as_text().filter(|curve| is_curve(curve)).ok_or(Refusal::Malformed)?;
        let invitation = self.members.get(author).and_then(Value::as_object).ok_or(Refusal::Forbidden)?;
        if !invitation.get("pending").is_some_and(Value::truthy) {
            return Err(Refusal::Forbidden);
        }
        if self.members.get_text(curve).is_some() {
            return Err(Refusal::Members);
        }
        let mut member = invitation.clone();
        let remaining = member.remove("remaining").and_then(|value| value.as_f64());
        for field in ["totalUses", "inviteChannel", "previewChannel"] {
            member.remove(field);
        }
        self.members.insert(curve.clone(), member);
        match remaining {
            Some(-1.0) => {}
            Some(uses) if uses > 1.0 => {
                if let Some(invitation) = self.members.get_mut(author).and_then(Value::as_object_mut) {
                    invitation.insert("remaining", uses - 1.0);
                }
            }
            _ => drop(self.members.remove(author)),
        }
        Ok(())
    }

    fn require_admin(&self, author: &str) -> Result<Role, Refusal> {
        self.role(author).filter(|role| *role >= Role::Admin).ok_or(Refusal::Forbidden)
    }
}

/// Length of a public Curve25519 key in base64.
const CURVE_LEN: usize = 44;

fn is_curve(key: &crate::json::Text) -> bool {
    key.utf16_len() == CURVE_LEN
}

fn role_of(member: &Value) -> Option<Role> {
    member.get("role").and_then(Value::as_str).and_then(Role::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::stringify;
    use proptest::prelude::*;

    fn curve(name: char) -> String {
        name.to_string().repeat(CURVE_LEN)
    }

    fn roster(roles: &[(char, &str)]) -> Roster {
        let members: Vec<_> =
            roles.iter().map(|(name, role)| format!(r#""{}":{{"role":"{role}"}}"#, curve(*name))).collect();
        let mut roster = Roster::new();
        let first = format!(r#"["CHECKPOINT",{{"members":{{{}}}}}]"#, members.join(","));
        roster.push("first", "whoever", &first).unwrap();
        roster
    }

    #[test]
    fn a_later_checkpoint_moves_the_start_only_if_it_is_true_and_from_an_admin() {
        let mut roster = roster(&[('a', "OWNER"), ('m', "MEMBER")]);
        let same = format!(r#"["CHECKPOINT",{}]"#, canonical(&roster.state()));
        assert_eq!(roster.push("by member", &curve('m'), &same), Err(Refusal::Forbidden));
        let other = r#"["CHECKPOINT",{"members":{},"metadata":{}}]"#;
        assert_eq!(roster.push("other", &curve('a'), other), Err(Refusal::Differs));
        assert_eq!(roster.last_checkpoint_hash(), Some("first"));
        assert_eq!(roster.push("second", &curve('a'), &same), Ok(()));
        assert_eq!(roster.last_checkpoint_hash(), Some("second"));
    }

    /// Later changes go into the state as the checkpoint spelled it; so does whoever begins to read there.
    #[test]
    fn an_accepted_checkpoint_sets_the_order_of_the_state() {
        let mut roster = roster(&[('a', "OWNER"), ('m', "MEMBER")]);
        let [a, m] = ['a', 'm'].map(curve);
        let other_order = format!(
            r#"{{"metadata":{{"topic":"","avatar":"","name":""}},"members":{{"{m}":{{"role":"MEMBER"}},"{a}":{{"role":"OWNER"}}}}}}"#
        );
        roster.push("second", &a, &format!(r#"["CHECKPOINT",{other_order}]"#)).unwrap();
        assert_eq!(stringify(&roster.state()), other_order);
        roster.push("h", &a, r#"["METADATA",{"name":"after"}]"#).unwrap();
        assert_eq!(stringify(&roster.state()), other_order.replace(r#""name":"""#, r#""name":"after""#));
        let mut later = Roster::new();
        later.push("second", "whoever", &format!(r#"["CHECKPOINT",{other_order}]"#)).unwrap();
        assert_eq!(stringify(&later.state()), other_order);
    }

    #[test]
    fn all_of_a_command_or_nothing() {
        let mut roster = roster(&[('a', "ADMIN"), ('o', "OWNER"), ('m', "MEMBER")]);
        let before = canonical(&roster.state());
        let [a, o, m, n] = ['a', 'o', 'm', 'n'].map(curve);
        for command in [
            format!(r#"["ADD",{{"{n}":{{"role":"VIEWER"}},"{m}":{{}}}}]"#),
            format!(r#"["RM",["{m}","{o}"]]"#),
            format!(r#"["RM",["{m}","{n}"]]"#),
            format!(r#"["DESCRIBE",{{"{m}":{{"title":"x"}},"{o}":{{"title":"x"}}}}]"#),
            r#"["METADATA",{"topic":"x","name":null}]"#.to_owned(),
        ] {
            assert!(roster.push("h", &a, &command).is_err(), "{command}");
            assert_eq!(canonical(&roster.state()), before, "{command}");
        }
    }

    #[test]
    fn an_unlimited_invitation_stays() {
        let mut roster = roster(&[('o', "OWNER")]);
        let [o, i, m] = ['o', 'i', 'm'].map(curve);
        roster.push("h", &o, &format!(r#"["INVITE",{{"{i}":{{"remaining":-1}}}}]"#)).unwrap();
        roster.push("h", &i, &format!(r#"["ACCEPT","{m}"]"#)).unwrap();
        assert_eq!((roster.role(&i), roster.role(&m)), (Some(Role::Viewer), Some(Role::Viewer)));
        assert_eq!(roster.push("h", &m, &format!(r#"["ACCEPT","{m}"]"#)), Err(Refusal::Members));
        assert_eq!(roster.push("h", &o, &format!(r#"["ACCEPT","{}"]"#, curve('x'))), Err(Refusal::Forbidden));
    }

    #[test]
    fn removed_metadata_stays_as_null() {
        let mut roster = roster(&[('o', "OWNER")]);
        roster.push("h", &curve('o'), r#"["METADATA",{"color":"red","name":"T"}]"#).unwrap();
        roster.push("h", &curve('o'), r#"["METADATA",{"color":null,"size":null}]"#).unwrap();
        let expected = r#"{"avatar":"","color":null,"name":"T","topic":""}"#;
        assert_eq!(canonical(&roster.metadata().clone().into()), expected);
    }

    proptest! {
        #[test]
        fn nobody_below_admin_changes_others(content in r#"\["(ADD|INVITE|RM|DESCRIBE|METADATA|CHECKPOINT|ACCEPT)",(\{\}|\{"o{44}":\{"role":"(OWNER|VIEWER)"\}\}|\["o{44}"\]|"n{44}"|null|\{"name":"x"\})\]"#) {
            let mut roster = roster(&[('o', "OWNER"), ('m', "MEMBER"), ('v', "VIEWER")]);
            let before = canonical(&roster.state());
            for author in ['m', 'v', 'x'].map(curve) {
                let _ = roster.push("h", &author, &content);
                prop_assert_eq!(canonical(&roster.state()), before.clone());
            }
        }
    }
}
