//! Finds cycles that nothing would ever stop.

use super::super::draft::Drafts;
use crate::element_type::ElementType;
use crate::graph::ElementIndex;
use crate::problem::{Report, quoted};

/// Reports cycles in which no element waits or computes, and at least one is a task.
///
/// A token in such a cycle would keep the partition busy for ever. Subprocesses are entered at
/// their start event and left at their ends. The process of a call activity may wait or not: it
/// counts as if it did not.
///
/// Source: camunda/zeebe: engine/processing/deployment/model/validation/StraightThroughProcessingLoopValidator.java
pub(super) fn check(drafts: &Drafts<'_>, report: &mut Report<'_>) {
    for cycle in cycles(drafts) {
        let Some(task) = cycle.iter().find(|at| is_empty_task(drafts, **at)) else { continue };
        let mut ids: Vec<_> = cycle.iter().map(|at| quoted(drafts.get(*at).id)).collect();
        if ids.len() > 10 {
            ids.truncate(10);
            ids.push("…".into());
        }
        report.error(
            drafts.get(*task).node,
            format!(
                "the elements {} form a loop in which nothing waits: put a task with work or an \
                 event into it",
                ids.join(", ")
            ),
        );
    }
}

fn is_empty_task(drafts: &Drafts<'_>, at: ElementIndex) -> bool {
    matches!(
        drafts.get(at).element_type,
        Some(ElementType::ManualTask | ElementType::Task | ElementType::CallActivity)
    )
}

/// Whether a token passes the element without waiting.
fn is_passed(element_type: ElementType) -> bool {
    match element_type {
        ElementType::ManualTask
        | ElementType::Task
        | ElementType::SubProcess
        | ElementType::CallActivity
        | ElementType::ExclusiveGateway
        | ElementType::InclusiveGateway
        | ElementType::ParallelGateway
        | ElementType::StartEvent
        | ElementType::EndEvent => true,
        ElementType::Process
        | ElementType::EventSubProcess
        | ElementType::IntermediateCatchEvent
        | ElementType::IntermediateThrowEvent
        | ElementType::BoundaryEvent
        | ElementType::ServiceTask
        | ElementType::ReceiveTask
        | ElementType::UserTask
        | ElementType::EventBasedGateway
        | ElementType::BusinessRuleTask
        | ElementType::ScriptTask
        | ElementType::SendTask
        // It evaluates a list, which may be empty one day.
        | ElementType::MultiInstanceBody
        | ElementType::AdHocSubProcess
        | ElementType::AdHocSubProcessInnerInstance
        | ElementType::SequenceFlow => false,
    }
}

/// Where a token goes on from `at` without waiting.
fn next(drafts: &Drafts<'_>, at: ElementIndex) -> Vec<ElementIndex> {
    let draft = drafts.get(at);
    if !draft.element_type.is_some_and(is_passed) {
        return Vec::new();
    }
    if draft.element_type == Some(ElementType::SubProcess) {
        let is_start =
            |child: &ElementIndex| drafts.get(*child).element_type == Some(ElementType::StartEvent);
        return draft.children.iter().copied().filter(is_start).collect();
    }
    let mut here = at;
    // A path that ends in a subprocess goes on behind it; one level up it may end again.
    while drafts.get(here).outgoing.is_empty() {
        match drafts.get(here).scope {
            Some(scope) if scope != ElementIndex::PROCESS => here = scope,
            _ => return Vec::new(),
        }
    }
    drafts.targets(here).collect()
}

/// Strongly connected components with a cycle, by Tarjan's algorithm on an explicit stack.
fn cycles(drafts: &Drafts<'_>) -> Vec<Vec<ElementIndex>> {
    let n = drafts.elements.len();
    let mut search = Search {
        order: vec![None; n],
        low: vec![0; n],
        is_on_stack: vec![false; n],
        stack: Vec::new(),
        counter: 0,
    };
    let mut found = Vec::new();
    for root in drafts.indexes() {
        if search.order[root.0 as usize].is_some() {
            continue;
        }
        search.enter(root);
        let mut path = vec![(root, next(drafts, root).into_iter())];
        while let Some((at, successors)) = path.last_mut() {
            let at = *at;
            let Some(successor) = successors.next() else {
                path.pop();
                if let Some((parent, _)) = path.last() {
                    search.lower(*parent, search.low[at.0 as usize]);
                }
                if let Some(component) = search.leave(at)
                    && (component.len() > 1 || next(drafts, at).contains(&at))
                {
                    found.push(component);
                }
                continue;
            };
            match search.order[successor.0 as usize] {
                None => {
                    search.enter(successor);
                    path.push((successor, next(drafts, successor).into_iter()));
                }
                Some(order) if search.is_on_stack[successor.0 as usize] => search.lower(at, order),
                Some(_) => {}
            }
        }
    }
    found
}

/// Tarjan's bookkeeping, by element index.
struct Search {
    order: Vec<Option<usize>>,
    low: Vec<usize>,
    is_on_stack: Vec<bool>,
    stack: Vec<ElementIndex>,
    counter: usize,
}

impl Search {
    fn enter(&mut self, at: ElementIndex) {
        let slot = at.0 as usize;
        self.order[slot] = Some(self.counter);
        self.low[slot] = self.counter;
        self.is_on_stack[slot] = true;
        self.stack.push(at);
        self.counter += 1;
    }

    fn lower(&mut self, at: ElementIndex, low: usize) {
        let slot = at.0 as usize;
        self.low[slot] = self.low[slot].min(low);
    }

    /// The component that `at` is the root of, in document order.
    fn leave(&mut self, at: ElementIndex) -> Option<Vec<ElementIndex>> {
        let slot = at.0 as usize;
        if self.order[slot] != Some(self.low[slot]) {
            return None;
        }
        let start = self.stack.iter().rposition(|open| *open == at)?;
        let mut component = self.stack.split_off(start);
        for open in &component {
            self.is_on_stack[open.0 as usize] = false;
        }
        component.sort();
        Some(component)
    }
}
