//! What the server answers over HTTP: its settings, log-in blocks, and how one is stored (PROTOCOL.md 4).

use std::collections::BTreeMap;

use pinfold_core::encoding::decode_base64;
use pinfold_core::json::Value;
use pinfold_testkit::account::Built;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// The pages by their path, and a block that is about to be stored.
#[derive(Debug, Default)]
pub struct Pages {
    pages: BTreeMap<String, Vec<u8>>,
    offered: Option<(String, Vec<u8>)>,
}

impl Pages {
    /// Those of an account's server.
    pub fn of(built: &Built) -> Self {
        let pages = built.pages("").into_iter().map(|(path, reply)| (path, reply.body)).collect();
        Self { pages, offered: None }
    }

    /// Answers a request. A block is stored in two: the first brings it and gets a challenge, the second signs that.
    pub fn answer(&mut self, path: &str, post: Option<&str>) -> Reply {
        let Some(post) = post else {
            let page = self.pages.get(path);
            return page.map_or_else(
                || reply(404, "{\"code\":404}"),
                |body| Reply { status: 200, body: body.clone() },
            );
        };
        let Ok(body) = Value::parse(post) else { return refused("it is no JSON") };
        if body.get("sig").is_some() {
            let Some((address, bytes)) = self.offered.take() else {
                return refused("there was no challenge");
            };
            self.pages.insert(address, bytes);
            return reply(200, "");
        }
        let content = |field: &str| body.get("content")?.get(field)?.as_str();
        let Some((key, block)) = content("publicKey").zip(content("ciphertext").and_then(decode_base64))
        else {
            return refused("this server stores log-in blocks, and knows nothing else");
        };
        let id = key.replace('/', "-");
        self.offered = Some((format!("/block/{}/{id}", id.get(..2).unwrap_or_default()), block));
        reply(200, "{\"txid\":\"t1\",\"date\":\"d1\"}")
    }
}

fn reply(status: u16, body: &str) -> Reply {
    Reply { status, body: body.as_bytes().to_vec() }
}

fn refused(why: &str) -> Reply {
    reply(500, &format!("{{\"error\":\"{why}\"}}"))
}
