"""The five stacks, wired: what waits for what when they are deployed."""

from pathlib import Path

from aws_cdk import App, Environment, Tags

from deployment.access import add_access
from deployment.functions import add_functions
from deployment.observability import add_observability
from deployment.review import review
from deployment.stage import read_stage
from deployment.storage import add_storage
from deployment.workflow import DEFINITION, add_workflow


def synthesise(definition: Path = DEFINITION) -> None:
    """Write the cloud assembly of the stage that the context describes, to CDK_OUTDIR, else to cdk.out.

    The stacks refer to each other by name, so each can be deployed by itself. Another definition is for rehearsing an
    update. Raises: InvalidContext.
    """
    app = App()
    stage = read_stage(app.node.get_all_context())
    environment = Environment(region=stage.region)
    storage = add_storage(app, stage, env=environment, termination_protection=True)
    functions = add_functions(app, stage, env=environment)
    workflow = add_workflow(app, stage, definition=definition, env=environment)
    observability = add_observability(app, stage, env=environment)
    access = add_access(app, stage, env=environment)
    functions.add_stack_dependency(storage)
    for waiting in (workflow, observability, access):
        waiting.add_stack_dependency(functions if waiting is workflow else workflow)
    Tags.of(app).add("project", "sbir-etl")
    Tags.of(app).add("stage", stage.stage)
    review(app)
    app.synth()
