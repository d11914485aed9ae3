//! Bytes on the connection: netflux frames and what the history keeper says inside them.

pub mod frame;
pub mod keeper;

use crate::json::{Error, Kind, MAX_SAFE_INTEGER, Reader};
use crate::ports::UnixMillis;

/// The server's time behind the known elements of an array, if it is there. The server puts it last, behind whatever
/// else a sender wrote.
fn trailing_time(json: &mut Reader<'_>) -> Result<Option<UnixMillis>, Error> {
    let mut time = None;
    while json.next_element()? {
        if json.peek()? == Kind::Number {
            let number = json.f64()?;
            let is_time = number >= 0.0 && number <= MAX_SAFE_INTEGER as f64 && number.fract() == 0.0;
            time = is_time.then_some(UnixMillis(number as u64));
        } else {
            json.skip_value()?;
            time = None;
        }
    }
    Ok(time)
}
