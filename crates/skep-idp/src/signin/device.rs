//! Devices that wait for a user to sign in elsewhere (RFC 8628).

use std::collections::HashMap;

use uuid::Uuid;

use crate::{error::Error, random, refusal::DeviceFault};

/// How long a device waits.
pub(crate) const EXPIRES_IN_S: i64 = 900;
/// Seconds between two questions of a device.
pub(crate) const INTERVAL_S: i64 = 5;
/// Most devices that wait at once.
const DEVICES_MAX: usize = 1000;
/// Letters and digits that are not taken for one another.
const USER_CODE_ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const USER_CODE_CHARS: usize = 9;

/// The devices that wait, by device code.
#[derive(Default)]
pub(crate) struct DeviceFlows(HashMap<String, DeviceFlow>);

/// One device.
#[derive(Clone, Debug)]
pub(crate) struct DeviceFlow {
    pub(crate) user_code: String,
    pub(crate) client_id: Uuid,
    pub(crate) scope: String,
    pub(crate) state: DeviceState,
    expires_s: i64,
}

/// How far the user is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DeviceState {
    Pending,
    Declined,
    Approved { user_id: Uuid, session_id: Uuid, auth_time: i64 },
}

impl DeviceFlows {
    /// Starts to wait; returns device code and user code.
    pub(crate) fn start(
        &mut self,
        client_id: Uuid,
        scope: &str,
        now_s: i64,
    ) -> Result<Result<(String, String), DeviceFault>, Error> {
        self.0.retain(|_, flow| flow.expires_s > now_s);
        if self.0.len() >= DEVICES_MAX {
            return Ok(Err(DeviceFault::TooMany));
        }
        let device_code = random::base64url::<48>()?;
        let mut user_code = random::chars(USER_CODE_ALPHABET, USER_CODE_CHARS)?;
        while self.0.values().any(|flow| flow.user_code == user_code) {
            user_code = random::chars(USER_CODE_ALPHABET, USER_CODE_CHARS)?;
        }
        self.0.insert(
            device_code.clone(),
            DeviceFlow {
                user_code: user_code.clone(),
                client_id,
                scope: scope.to_owned(),
                state: DeviceState::Pending,
                expires_s: now_s + EXPIRES_IN_S,
            },
        );
        Ok(Ok((device_code, user_code)))
    }

    /// The device that shows this code and still waits, however the user typed it.
    pub(crate) fn waiting(&self, user_code: &str, now_s: i64) -> Option<&DeviceFlow> {
        let typed = normalized(user_code);
        self.0.values().find(|flow| {
            flow.user_code == typed && flow.expires_s > now_s && flow.state == DeviceState::Pending
        })
    }

    /// What the user decided.
    pub(crate) fn decide(&mut self, user_code: &str, state: DeviceState) {
        let typed = normalized(user_code);
        let flow = self.0.values_mut().find(|flow| flow.user_code == typed);
        if let Some(flow) = flow.filter(|flow| flow.state == DeviceState::Pending) {
            flow.state = state;
        }
    }

    /// Answers a device that asks: the flow, taken out, once the user has approved.
    pub(crate) fn take(
        &mut self,
        device_code: &str,
        client_id: Uuid,
        now_s: i64,
    ) -> Result<DeviceFlow, DeviceFault> {
        let flow = self.0.get(device_code).ok_or(DeviceFault::Unknown)?;
        if flow.client_id != client_id {
            return Err(DeviceFault::Unknown);
        }
        if flow.expires_s <= now_s {
            return Err(DeviceFault::Expired);
        }
        match flow.state {
            DeviceState::Pending => Err(DeviceFault::Pending),
            DeviceState::Declined => Err(DeviceFault::Declined),
            DeviceState::Approved { .. } => self.0.remove(device_code).ok_or(DeviceFault::Unknown),
        }
    }
}

fn normalized(user_code: &str) -> String {
    let letters = user_code.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_answered_once_and_only_to_its_client() {
        let mut flows = DeviceFlows::default();
        let client = Uuid::new_v4();
        let (device, user) = flows.start(client, "openid", 0).unwrap().unwrap();
        assert_eq!(flows.take(&device, client, 1).unwrap_err(), DeviceFault::Pending);
        assert_eq!(flows.take(&device, Uuid::new_v4(), 1).unwrap_err(), DeviceFault::Unknown);
        let typed = format!(" {}-{} ", user[..4].to_lowercase(), &user[4..]);
        assert!(flows.waiting(&typed, 1).is_some());
        let approved = DeviceState::Approved {
            user_id: Uuid::new_v4(),
            session_id: Uuid::new_v4(),
            auth_time: 1,
        };
        flows.decide(&typed, approved);
        flows.decide(&typed, DeviceState::Declined);
        assert!(flows.waiting(&user, 1).is_none());
        assert_eq!(flows.take(&device, client, 1).unwrap().state, approved);
        assert_eq!(flows.take(&device, client, 1).unwrap_err(), DeviceFault::Unknown);
    }

    #[test]
    fn devices_expire_and_are_bounded() {
        let mut flows = DeviceFlows::default();
        let client = Uuid::new_v4();
        let (device, _) = flows.start(client, "openid", 0).unwrap().unwrap();
        assert_eq!(flows.take(&device, client, 900).unwrap_err(), DeviceFault::Expired);
        for _ in 1..DEVICES_MAX {
            flows.start(client, "openid", 0).unwrap().unwrap();
        }
        assert_eq!(flows.start(client, "openid", 1).unwrap(), Err(DeviceFault::TooMany));
        assert!(flows.start(client, "openid", 900).unwrap().is_ok());
    }
}
