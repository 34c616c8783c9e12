//! Business knowledge models and function definitions as functions of FEEL.

use std::sync::Arc;

use skep_feel::{Function, NativeBody, Session, SessionError, Val, Value};

use super::super::model::{FunctionLogic, Graph, KnowledgeIndex, Parameter};
use super::log::Log;
use super::scope::{Entry, Scope};
use super::{Element, Evaluated, Run};

/// A business knowledge model that is called.
struct KnowledgeBody {
    graph: Arc<Graph>,
    index: KnowledgeIndex,
    log: Log,
}

/// A function definition that is called.
struct DefinitionBody(Arc<FunctionLogic>);

impl Run<'_> {
    /// Business knowledge models as functions, each seeing what is `captured`.
    pub(super) fn functions(
        &self,
        knowledge: &[KnowledgeIndex],
        captured: &Arc<[Entry]>,
    ) -> Vec<Entry> {
        let function = |index: &KnowledgeIndex| {
            let knowledge = self.graph.knowledge(*index);
            let body =
                KnowledgeBody { graph: self.graph.clone(), index: *index, log: self.log.clone() };
            let parameters = knowledge.parameters.iter().map(|parameter| parameter.name.clone());
            let function = Function::native(parameters, captured.clone(), Arc::new(body));
            (knowledge.name.clone(), Val::Function(function))
        };
        knowledge.iter().map(function).collect()
    }
}

/// The value of a function definition: it keeps what its body refers to.
pub(super) fn definition(
    function: &Arc<FunctionLogic>,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
) -> Evaluated {
    let mut captured: Vec<Entry> = Vec::new();
    for name in function.body.names() {
        session.spend(1)?;
        if let Some(value) = scope.entry(name) {
            captured.push((Arc::from(name), value.clone()));
        }
    }
    session.charge(captured.len() * size_of::<Entry>())?;
    let parameters = function.parameters.iter().map(|parameter| parameter.name.clone());
    let body = Arc::new(DefinitionBody(function.clone()));
    Ok(Val::Function(Function::native(parameters, captured.into(), body)))
}

/// Parameters with their arguments, if their types fit.
fn checked(parameters: &[Parameter], arguments: Vec<Value>) -> Evaluated<Vec<Entry>> {
    let bind = |(parameter, argument): (&Parameter, Value)| {
        parameter.type_ref.check(&argument).map_err(SessionError::new)?;
        Ok((parameter.name.clone(), argument))
    };
    parameters.iter().zip(arguments).map(bind).collect()
}

impl NativeBody for KnowledgeBody {
    fn call(
        &self,
        captured: &Arc<[Entry]>,
        arguments: Vec<Value>,
        session: &mut Session<'_>,
    ) -> Evaluated {
        let run = Run { graph: &self.graph, log: self.log.clone() };
        let knowledge = self.graph.knowledge(self.index);
        let arguments = checked(&knowledge.parameters, arguments)?;
        let functions = run.functions(&knowledge.requires, captured);
        let base = session.base();
        let outer = Scope::new(captured, base);
        let outer = outer.within(&functions);
        let scope = outer.within(&arguments);
        session.nested(|session| run.logged(Element::from(knowledge), &scope, session))
    }
}

impl NativeBody for DefinitionBody {
    fn call(
        &self,
        captured: &Arc<[Entry]>,
        arguments: Vec<Value>,
        session: &mut Session<'_>,
    ) -> Evaluated {
        let arguments = checked(&self.0.parameters, arguments)?;
        let outer = Scope::new(captured, session.base());
        let scope = outer.within(&arguments);
        session.nested(|session| session.evaluate(&self.0.body, &scope))
    }
}
