//! Bytes on the connection: netflux frames and what the history keeper says inside them.

pub mod frame;
pub mod keeper;

use crate::json::{Error, Kind, Reader};

/// The server's time behind the known elements of an array, if it is there; whatever else follows is passed over.
fn trailing_time(json: &mut Reader<'_>) -> Result<Option<u64>, Error> {
    let mut time = None;
    while json.next_element()? {
        if time.is_none() && json.peek()? == Kind::Number {
            time = Some(json.u64()?);
        } else {
            json.skip_value()?;
        }
    }
    Ok(time)
}
