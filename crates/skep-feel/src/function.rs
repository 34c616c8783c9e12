//! Functions as values.

use std::fmt;
use std::sync::Arc;

use crate::ast::FunctionDefinition;
use crate::expression::Expression;
use crate::value::{Context, Val};

/// A function defined in FEEL, with what it saw where it was defined.
#[derive(Clone)]
pub struct Function<'a>(Arc<Closure<'a>>);

struct Closure<'a> {
    definition: Arc<FunctionDefinition>,
    captured: Vec<Captured<'a>>,
    depth: usize,
}

/// What surrounds a function's definition, innermost first.
#[derive(Clone)]
pub(crate) enum Captured<'a> {
    /// A name of the expression, such as an iterator or a parameter.
    Binding(Arc<str>, Val<'a>),
    /// The entries of a filter's item.
    Entries(Context<'a>),
    /// The input value of unary tests.
    Input(Val<'a>),
}

impl Captured<'_> {
    fn depth(&self) -> usize {
        match self {
            Captured::Binding(_, value) | Captured::Input(value) => value.depth(),
            // A filter's item is bound as `item` too, and counted there.
            Captured::Entries(_) => 0,
        }
    }
}

impl<'a> Function<'a> {
    pub(crate) fn new(definition: Arc<FunctionDefinition>, captured: Vec<Captured<'a>>) -> Self {
        let depth = 1 + captured.iter().map(Captured::depth).max().unwrap_or(0);
        Self(Arc::new(Closure { definition, captured, depth }))
    }

    pub(crate) fn definition(&self) -> &Arc<FunctionDefinition> {
        &self.0.definition
    }

    pub(crate) fn captured(&self) -> &[Captured<'a>] {
        &self.0.captured
    }

    pub(crate) fn depth(&self) -> usize {
        self.0.depth
    }

    pub(crate) fn is_same(&self, other: &Function<'_>) -> bool {
        Arc::ptr_eq(&self.0.definition, &other.0.definition)
            && std::ptr::eq(Arc::as_ptr(&self.0).cast::<()>(), Arc::as_ptr(&other.0).cast::<()>())
    }

    pub(crate) fn into_owned(self) -> Function<'static> {
        let captured = self.0.captured.iter().cloned().map(|captured| match captured {
            Captured::Binding(name, value) => Captured::Binding(name, value.into_owned()),
            Captured::Input(value) => Captured::Input(value.into_owned()),
            Captured::Entries(context) => Captured::Entries(context.into_owned()),
        });
        Function::new(self.0.definition.clone(), captured.collect())
    }

    /// Names of the parameters.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.definition.parameters.iter().map(|name| &**name)
    }
}

impl Function<'static> {
    /// A function of `parameters` whose body is `body`: a business knowledge model of DMN.
    ///
    /// The body sees the variables of the evaluation that calls it.
    #[must_use]
    pub fn from_expression<'n>(
        parameters: impl IntoIterator<Item = &'n str>,
        body: &Expression,
    ) -> Self {
        let parameters = parameters.into_iter().map(Arc::from).collect();
        let definition = FunctionDefinition { parameters, body: body.root() };
        Self::new(Arc::new(definition), Vec::new())
    }
}

impl fmt::Display for Function<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("function(")?;
        for (index, name) in self.parameters().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Function<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
