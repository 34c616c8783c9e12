//! Zeebe's names for kinds of elements and events.

/// Declares an enum whose variants have names on the wire and in records.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Zeebe's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value with Zeebe's name `text`.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

named! {
    /// What an element is.
    ///
    /// Source: camunda/zeebe: protocol/record/value/BpmnElementType.java
    ElementType {
        Process = "PROCESS",
        SubProcess = "SUB_PROCESS",
        CallActivity = "CALL_ACTIVITY",
        MultiInstanceBody = "MULTI_INSTANCE_BODY",
        AdHocSubProcess = "AD_HOC_SUB_PROCESS",
        AdHocSubProcessInnerInstance = "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
        StartEvent = "START_EVENT",
        IntermediateCatchEvent = "INTERMEDIATE_CATCH_EVENT",
        IntermediateThrowEvent = "INTERMEDIATE_THROW_EVENT",
        BoundaryEvent = "BOUNDARY_EVENT",
        EndEvent = "END_EVENT",
        ServiceTask = "SERVICE_TASK",
        ReceiveTask = "RECEIVE_TASK",
        UserTask = "USER_TASK",
        ManualTask = "MANUAL_TASK",
        Task = "TASK",
        ExclusiveGateway = "EXCLUSIVE_GATEWAY",
        ParallelGateway = "PARALLEL_GATEWAY",
        EventBasedGateway = "EVENT_BASED_GATEWAY",
        InclusiveGateway = "INCLUSIVE_GATEWAY",
        EventSubProcess = "EVENT_SUB_PROCESS",
        SequenceFlow = "SEQUENCE_FLOW",
        BusinessRuleTask = "BUSINESS_RULE_TASK",
        ScriptTask = "SCRIPT_TASK",
        SendTask = "SEND_TASK",
    }
}

named! {
    /// What triggers an event, or is triggered by it.
    ///
    /// Source: camunda/zeebe: protocol/record/value/BpmnEventType.java
    EventType {
        Unspecified = "UNSPECIFIED",
        Error = "ERROR",
        Link = "LINK",
        Escalation = "ESCALATION",
        Compensation = "COMPENSATION",
        Conditional = "CONDITIONAL",
        Message = "MESSAGE",
        None = "NONE",
        Signal = "SIGNAL",
        Terminate = "TERMINATE",
        Timer = "TIMER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for &element_type in ElementType::ALL {
            assert_eq!(ElementType::parse(element_type.as_str()), Some(element_type));
        }
        for &event_type in EventType::ALL {
            assert_eq!(EventType::parse(event_type.as_str()), Some(event_type));
        }
        assert_eq!(ElementType::parse("service_task"), None);
    }
}
