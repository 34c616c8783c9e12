//! Signing users in: the authorize endpoint, its pages and what they remember.
//!
//! The pages are plain HTML forms and work without scripts. What a page needs to go on travels in
//! its form, sealed and bound to the browser by a cookie; the server keeps only what must be
//! counted: failed passwords, redeemed codes, waiting devices.

mod admin_consent;
mod authorize;
mod device;
mod flow;
mod memory;
mod page;
mod redirect;
mod session;

pub(crate) use self::{
    admin_consent::AdminConsentRequest,
    authorize::{AuthorizeRequest, Challenge},
    device::{DeviceFlows, DeviceState, EXPIRES_IN_S, INTERVAL_S},
    flow::{Code, Flow, FlowTarget, Visit, advance, check_password, client_info, decide, sign_in},
    memory::Memory,
    page::{Page, STYLE, escape, hidden},
    redirect::{Platform, ResponseMode},
    session::{Browser, Session, clear_session, cookie},
};
