//! pinfold's native companion: an embedded server that speaks CryptPad's protocol and keeps its data
//! layout, for tests, demonstrations and for taking an account's data home.

pub mod server;
pub mod sync;
