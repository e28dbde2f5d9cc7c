"""The tables of a store, and what each column means.

Integer ids are keys inside one store; a run is known outside by its ``run_id`` (32 hex digits).
Times are UTC milliseconds since the epoch. Key names of params, metrics and tags are kept
once, in ``keys``. NaN is kept as NULL in ``metrics.value`` and ``latest_metrics.last``,
since SQLite has no NaN; infinities are kept as such.

Read a run's params with plain SQL::

    SELECT keys.name, params.value FROM params JOIN keys ON keys.id = params.key_id
    JOIN runs ON runs.id = params.run_id WHERE runs.run_id = '...';

The Alembic migrations in ``migrations/versions`` create and change these tables; a test holds
the two together.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

SCHEMA_VERSION = "0005"
"""The newest Alembic revision, which this code reads and writes."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigId = BigInteger().with_variant(Integer, "sqlite")
_ACTIVE = text("stage = 'active'")
_NOT_DELETED = text("deleted IS NULL")

MAX_INDEXED_TEXT = 200
"""Characters of a param's text that its index takes; PostgreSQL's takes no long ones."""

_SHORT_TEXTS = text(f"number IS NULL AND length(value) <= {MAX_INDEXED_TEXT}")


def _run_reference(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "run_id",
        BigId,
        ForeignKey("runs.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


def _key_reference(*, primary_key: bool = False) -> Column[int]:
    return Column("key_id", Integer, ForeignKey("keys.id"), primary_key=primary_key, nullable=False)


meta = Table(
    "meta",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("store_id", String(32), nullable=False, comment="random, given at creation"),
    Column("created", BigInteger, nullable=False),
    Column(
        "revision",
        BigInteger,
        nullable=False,
        comment="raised by each commit that changes what a dashboard may show",
    ),
    Column(
        "view_revision",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="how many of these changed no run, only how runs are shown",
    ),
    CheckConstraint("id = 1", name="single_row"),
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(250), nullable=False),
    Column("stage", String(8), nullable=False, server_default="active"),
    Column("description", Text),
    Column("created", BigInteger, nullable=False),
    Column("deleted", BigInteger, comment="when it was marked as deleted"),
    Column("updated", BigInteger, comment="when it was last renamed, deleted or restored"),
    Column("artifact_location", Text, comment="of MLflow's runs; NULL: the artifact store"),
    Index("uq_experiments_active_name", "name", unique=True, sqlite_where=_ACTIVE,
          postgresql_where=_ACTIVE),
)  # fmt: skip

experiment_tags = Table(
    "experiment_tags",
    metadata,
    Column("experiment_id", Integer, ForeignKey("experiments.id", ondelete="CASCADE"),
           primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

kernels = Table(
    "kernels",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("host", Text, nullable=False),
    Column("boot_id", Text, nullable=False, comment="machine/boot/pid namespace"),
    Column("pid", BigInteger, nullable=False),
    Column(
        "process_start",
        BigInteger,
        nullable=False,
        comment="clock ticks since boot on Linux, epoch milliseconds elsewhere",
    ),
    Column("kernel_id", Text, comment="Jupyter's id, which outlives restarts"),
    Column("notebook", Text),
    Column("started", BigInteger, nullable=False),
    Column("heartbeat", BigInteger, nullable=False, comment="last sign of life"),
    Column("ended", BigInteger, comment="seen to be gone"),
    Column("ending", Text, comment="why the process was told to end, if it was"),
    Column("memory_used", BigInteger, comment="bytes, at the last heartbeat"),
    Column("memory_total", BigInteger, comment="bytes, of the machine or its container"),
    UniqueConstraint("boot_id", "pid", "process_start"),
)

sources = Table(
    "sources",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True, comment="SHA-256 of the code"),
    Column("code", Text, nullable=False),
)

environments = Table(
    "environments",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True, comment="SHA-256 of kind, content"),
    Column("kind", String(8), nullable=False, comment="packages, host or git"),
    Column("content", Text, nullable=False, comment="JSON"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("run_id", String(32), nullable=False, unique=True),
    Column("experiment_id", Integer, ForeignKey("experiments.id"), nullable=False),
    Column("kernel_id", BigId, ForeignKey("kernels.id"), comment="NULL: no kernel of ours"),
    Column("parent_id", BigId, ForeignKey("runs.id", ondelete="SET NULL")),
    Column("run_name", Text, nullable=False),
    Column("status", String(11), nullable=False),
    Column("stage", String(8), nullable=False, server_default="active"),
    Column("reason", Text, comment="why it ended so, for people"),
    Column("created", BigInteger, nullable=False),
    Column("start_time", BigInteger),
    Column("end_time", BigInteger),
    Column("deleted", BigInteger, comment="when it was marked as deleted"),
    Column("user_id", Text),
    Column("notebook", Text),
    Column("cell_id", Text),
    Column("attempt", Integer, comment="1, 2, ... among the runs of this notebook's cell"),
    Column("execution_count", Integer),
    Column("message_id", Text, comment="of the execute_request"),
    Column("description", Text),
    Column("artifact_uri", Text),
    Column("git_commit", String(64)),
    Column("git_branch", Text),
    Column("peak_memory", BigInteger, comment="resident, bytes"),
    Column("source_id", BigId, ForeignKey("sources.id")),
    Column("packages_id", BigId, ForeignKey("environments.id")),
    Column("host_id", BigId, ForeignKey("environments.id")),
    Column("git_id", BigId, ForeignKey("environments.id")),
    Column(
        "delivered",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="bytes of the run's outbox that are in the store",
    ),
    Index(None, "experiment_id", "stage", "start_time"),
    Index(
        "ix_runs_overview",
        "stage",
        text("start_time DESC"),
        "run_id",
        "experiment_id",
        "status",
        "end_time",
    ),
    Index(None, "notebook", "cell_id", "attempt"),
    Index(None, "kernel_id", "status"),
    Index(None, "parent_id"),
)

run_events = Table(
    "run_events",
    metadata,
    Column("id", BigId, primary_key=True),
    _run_reference(),
    Column("time", BigInteger, nullable=False),
    Column("from_status", String(11)),
    Column("to_status", String(11)),
    Column("cause", Text),
    Column("observer", Text),
    Index(None, "run_id"),
)

run_outputs = Table(
    "run_outputs",
    metadata,
    _run_reference(primary_key=True),
    Column("stdout", Text, comment="the tail"),
    Column("stderr", Text, comment="the tail"),
    Column("traceback", Text),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(6), nullable=False, comment="param, metric or tag"),
    Column("name", String(250), nullable=False),
    UniqueConstraint("kind", "name"),
)

params = Table(
    "params",
    metadata,
    _run_reference(primary_key=True),
    _key_reference(primary_key=True),
    Column("type", String(5), nullable=False, comment="bool, int, float, str or json"),
    Column("value", Text, nullable=False),
    Column("number", Double, comment="the value, where it reads as a number"),
    Index(None, "key_id", "number"),
    Index(
        "ix_params_texts",
        "key_id",
        "value",
        "number",
        sqlite_where=_SHORT_TEXTS,
        postgresql_where=_SHORT_TEXTS,
    ),
    sqlite_with_rowid=False,
)

latest_metrics = Table(
    "latest_metrics",
    metadata,
    Column("id", BigId, primary_key=True, comment="the series"),
    _run_reference(),
    _key_reference(),
    Column("last", Double, comment="of the highest step, then timestamp"),
    Column("last_step", BigInteger, nullable=False),
    Column("last_timestamp", BigInteger, nullable=False),
    Column("minimum", Double),
    Column("maximum", Double),
    Column("count", BigInteger, nullable=False),
    UniqueConstraint("run_id", "key_id"),
    Index(None, "key_id", "last", "run_id"),
)

metrics = Table(
    "metrics",
    metadata,
    Column("series_id", BigId, ForeignKey("latest_metrics.id", ondelete="CASCADE"),
           primary_key=True),
    Column("position", BigInteger, primary_key=True, comment="0, 1, ... as logged"),
    Column("step", BigInteger, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("value", Double),
    sqlite_with_rowid=False,
)  # fmt: skip

tags = Table(
    "tags",
    metadata,
    _run_reference(primary_key=True),
    _key_reference(primary_key=True),
    Column("value", Text, nullable=False),
    Index(None, "key_id"),
    sqlite_with_rowid=False,
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source", Text),
    Column("schema", Text, comment="JSON"),
    Column("profile", Text, comment="JSON"),
    UniqueConstraint("name", "digest"),
)

run_datasets = Table(
    "run_datasets",
    metadata,
    _run_reference(primary_key=True),
    Column("dataset_id", BigId, ForeignKey("datasets.id"), primary_key=True),
    Column("context", String(250), primary_key=True, server_default=""),
    Column("artifact_path", Text, comment="where the kept copy is, if there is one"),
    Column("tags", Text, comment="JSON, pairs of key and value, as MLflow's clients gave them"),
    Index(None, "dataset_id"),
)

artifacts = Table(
    "artifacts",
    metadata,
    _run_reference(primary_key=True),
    Column("path", String(1000), primary_key=True),
    Column("size", BigInteger, nullable=False, comment="bytes"),
    Column("digest", String(64), nullable=False, comment="SHA-256"),
    Column("media_type", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
)

logged_models = Table(
    "logged_models",
    metadata,
    Column("model_id", String(50), primary_key=True),
    Column("experiment_id", Integer, ForeignKey("experiments.id", ondelete="CASCADE"),
           nullable=False),
    Column("name", Text, nullable=False),
    Column("model_type", Text),
    Column("status", String(20), nullable=False, comment="PENDING, READY or FAILED"),
    Column("stage", String(8), nullable=False, server_default="active"),
    Column("source_run_id", String(32), comment="the run that made it"),
    Column("artifact_location", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Index(None, "experiment_id", "created"),
    Index(None, "source_run_id"),
)  # fmt: skip


def _logged_model_reference(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "model_id",
        String(50),
        ForeignKey("logged_models.model_id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


logged_model_params = Table(
    "logged_model_params",
    metadata,
    _logged_model_reference(primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

logged_model_tags = Table(
    "logged_model_tags",
    metadata,
    _logged_model_reference(primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

logged_model_metrics = Table(
    "logged_model_metrics",
    metadata,
    Column("id", BigId, primary_key=True),
    _logged_model_reference(),
    Column("key", String(250), nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("value", Double),
    Column("run_id", String(32), nullable=False, comment="the run that measured it"),
    Column("dataset_name", Text),
    Column("dataset_digest", Text),
    Index(None, "model_id", "key"),
)

run_models = Table(
    "run_models",
    metadata,
    _run_reference(primary_key=True),
    Column("direction", String(6), primary_key=True, comment="input or output"),
    Column("model_id", String(50), primary_key=True),
    Column("step", BigInteger, primary_key=True, autoincrement=False, comment="0 for an input"),
    Index(None, "model_id"),
)

registered_models = Table(
    "registered_models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(256), nullable=False),
    Column("description", Text),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("deleted", BigInteger, comment="when it was marked as deleted"),
    Column("last_version", Integer, nullable=False, server_default="0",
           comment="the highest number ever given to a version: none is given twice"),
    Index("uq_registered_models_active_name", "name", unique=True, sqlite_where=_NOT_DELETED,
          postgresql_where=_NOT_DELETED),
)  # fmt: skip


def _model_reference(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "model_id",
        Integer,
        ForeignKey("registered_models.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


model_versions = Table(
    "model_versions",
    metadata,
    _model_reference(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("source_run_id", String(250),
           comment="the run_id by which people know the run; it may be of another store"),
    Column("artifact_path", Text, comment="folder of the model among the run's artifacts"),
    Column("source", Text, comment="URI of the model's files"),
    Column("storage_location", Text, comment="where they really are, if that is elsewhere"),
    Column("stage", String(10), nullable=False, server_default="None"),
    Column("description", Text),
    Column("schema", Text, comment="JSON: inputs and outputs, in MLflow's types"),
    Column("library", Text, comment="JSON: what saved it: name, version, format"),
    Column("user_id", Text),
    Column("status", String(20), nullable=False, server_default="READY"),
    Column("status_message", Text),
    Column("run_link", Text),
    Column("logged_model_id", Text, comment="MLflow's id of the logged model"),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("deleted", BigInteger, comment="when it was marked as deleted"),
    Index(None, "source_run_id"),
)  # fmt: skip

model_tags = Table(
    "model_tags",
    metadata,
    _model_reference(primary_key=True),
    Column("version", Integer, primary_key=True, comment="0: the model itself"),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
)

model_aliases = Table(
    "model_aliases",
    metadata,
    _model_reference(primary_key=True),
    Column("alias", String(256), primary_key=True),
    Column("version", Integer, nullable=False),
)

views = Table(
    "views",
    metadata,
    Column("view_id", String(250), primary_key=True),
    Column("content", Text, nullable=False, comment="JSON, a View of the protocol"),
    Column("updated", BigInteger, nullable=False),
)
