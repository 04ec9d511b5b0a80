"""The docker-compose set-up: what can be proven without a Docker daemon."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg
import pytest
import yaml

from exporter.config import load
from warehouse.contract import OWN_TABLES
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
VARIABLES = re.findall(r"^(\w+)=$", EXAMPLE, re.MULTILINE)
LONG_RUNNING = [name for name, service in SERVICES.items() if service["restart"] != "no"]


def mounts(service: str) -> Iterator[tuple[str, str, bool]]:
    """Source, target and whether it is read-only, of each mount."""
    for mount in SERVICES[service].get("volumes", ()):
        source, target, *mode = mount.split(":")
        yield source, target, mode == ["ro"]


def inside(service: str) -> str:
    """Where the other services reach this one."""
    _, _, port = SERVICES[service]["ports"][0].rpartition(":")
    return f"{service}:{port}"


def compose_config(program: Callable[[str], Path], env_file: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [
        program("docker-compose"),
        "-f",
        ROOT / "docker-compose.yml",
        "--env-file",
        env_file,
        "config",
    ]
    environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return subprocess.run(command, capture_output=True, text=True, env=environ)


def test_docker_compose_accepts_the_file_once_the_passwords_are_filled_in(
    program: Callable[[str], Path], tmp_path: Path
) -> None:
    filled = tmp_path / "env"
    filled.write_text(re.sub(r"=$", "=filled-in", EXAMPLE, flags=re.MULTILINE))
    outcome = compose_config(program, filled)
    assert outcome.returncode == 0, outcome.stderr
    assert yaml.safe_load(outcome.stdout)["services"].keys() == SERVICES.keys()
    assert outcome.stdout.count("filled-in") == 9


@pytest.mark.parametrize("missing", VARIABLES)
def test_docker_compose_refuses_to_start_without_a_password(
    missing: str, program: Callable[[str], Path], tmp_path: Path
) -> None:
    rest = re.sub(r"=$", "=filled-in", EXAMPLE, flags=re.MULTILINE).replace(f"{missing}=filled-in", f"{missing}=")
    (tmp_path / "env").write_text(rest)
    outcome = compose_config(program, tmp_path / "env")
    assert outcome.returncode != 0
    assert "is missing, see .env.example" in outcome.stderr


def test_the_chain_is_whole() -> None:
    assert set(LONG_RUNNING) == {"postgres", "exporter", "prometheus", "alertmanager", "grafana", "mail"}


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_every_service_is_watched_and_restarted(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_to_a_version(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+(\.\d+)+", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_password_is_written_down_or_has_a_default(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if re.search("PASSWORD|SECRET|TOKEN", key):
            assert re.fullmatch(r"\$\{(\w+):\?[^}]+\}", value), key
            assert value[2:].partition(":")[0] in VARIABLES


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_files_are_mounted_read_only_and_data_lies_in_named_volumes(name: str) -> None:
    for source, _, read_only in mounts(name):
        if source.startswith("."):
            assert read_only, source
            assert (ROOT / source).exists(), source
        else:
            assert source in COMPOSE["volumes"]


def test_prometheus_accepts_its_configuration_and_scrapes_the_exporter(program: Callable[[str], Path]) -> None:
    path = ROOT / "provisioning/prometheus/prometheus.yml"
    subprocess.run([program("promtool"), "check", "config", path], check=True)
    targets = [
        target
        for job in yaml.safe_load(path.read_text())["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    ]
    _, _, port = SERVICES["exporter"]["ports"][0].rpartition(":")
    assert f"exporter:{port}" in targets


def test_prometheus_finds_alertmanager_and_the_rules_of_the_build_and_of_users() -> None:
    config = yaml.safe_load((ROOT / "provisioning/prometheus/prometheus.yml").read_text())
    [told] = config["alerting"]["alertmanagers"]
    assert told["static_configs"] == [{"targets": [inside("alertmanager")]}]
    built, of_users = config["rule_files"]
    assert [*(ROOT / "provisioning/prometheus").glob(built)]
    exporter = yaml.safe_load((ROOT / "provisioning/exporter/kpi.yaml").read_text())["alerting"]
    rules = PurePosixPath(exporter["user_rules_file"])
    assert rules.match(of_users)
    assert exporter["prometheus_url"] == f"http://{inside('prometheus')}"
    [written] = [mount for mount in mounts("exporter") if mount[1] == str(rules.parent)]
    [read] = [mount for mount in mounts("prometheus") if mount[1] == str(rules.parent)]
    assert (written[0], written[2], read[2]) == (read[0], False, True)


def folders_of_the_image() -> dict[str, tuple[str, int]]:
    """Owner and mode of each folder that the image brings along; a new volume takes them from there."""
    command = r"install --directory --owner (\w+) --group \w+ --mode (\d+) (\S+)"
    return {path: (owner, int(mode, 8)) for owner, mode, path in re.findall(command, (ROOT / "Dockerfile").read_text())}


def test_the_exporter_may_write_its_volumes_and_prometheus_enter_that_of_the_rules_alone() -> None:
    volumes = {target: source for source, target, _ in mounts("exporter") if source in COMPOSE["volumes"]}
    folders = folders_of_the_image()
    assert folders.keys() == volumes.keys()
    assert {owner for owner, _ in folders.values()} == {"kpi"}
    assert "useradd --system --uid 10001 " in (ROOT / "Dockerfile").read_text()
    for path, (_, mode) in folders.items():
        shared = [mount for mount in mounts("prometheus") if mount[0] == volumes[path]]
        # Prometheus is neither the owner nor of the group: to others the folder is open, or it is not mounted.
        assert (mode & 0o007, len(shared)) in {(0o005, 1), (0, 0)}, path
    assert {str(path) for path, (_, mode) in folders.items() if mode & 0o007} == {"/var/lib/kpi-rules"}


def test_alertmanager_accepts_its_configuration(program: Callable[[str], Path]) -> None:
    path = ROOT / "provisioning/alertmanager/alertmanager.yml"
    subprocess.run([program("amtool"), "check-config", path], check=True)


def test_alertmanager_finds_the_mail_server_the_exporter_and_its_secrets() -> None:
    text = (ROOT / "provisioning/alertmanager/alertmanager.yml").read_text()
    config = yaml.safe_load(text)
    assert config["global"]["smtp_smarthost"] == "mail:1025"
    [events] = next(each for each in config["receivers"] if each["name"] == "events")["webhook_configs"]
    assert events["url"] == f"http://{inside('exporter')}/-/alerts"
    secrets = set(re.findall(r"_file: (\S+)", text))
    assert secrets
    folder = next(target for source, target, _ in mounts("alertmanager") if source == "./secrets")
    assert all(PurePosixPath(path).is_relative_to(folder) for path in secrets)


def test_exporter_and_alertmanager_read_the_token_of_events_at_the_same_place_and_the_exporter_no_other() -> None:
    token = load(ROOT / "provisioning/exporter/kpi.yaml", dict.fromkeys(VARIABLES, "secret")).alerting.events.token_file
    assert f"credentials_file: {token}\n" in (ROOT / "provisioning/alertmanager/alertmanager.yml").read_text()
    [own], [all_] = ([each for each in mounts(name) if "secrets" in each[0]] for name in ("exporter", "alertmanager"))
    places = {ROOT / source / token.relative_to(target) for source, target, _ in (own, all_)}
    assert places == {ROOT / "secrets/exporter/events-token"}
    secrets = re.findall(r"_file: (\S+)", (ROOT / "provisioning/alertmanager/alertmanager.yml").read_text())
    assert {path for path in secrets if PurePosixPath(path).is_relative_to(own[1])} == {str(token)}


def test_secrets_are_never_committed() -> None:
    assert (ROOT / "secrets/.gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore", "!exporter/"]
    assert (ROOT / "secrets/exporter/.gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]


def in_grafana(path: str) -> Path:
    """What lies at this path in Grafana's container."""
    for source, target, _ in mounts("grafana"):
        if source.startswith(".") and path.startswith(target):
            return ROOT / source / path.removeprefix(target).lstrip("/")
    raise AssertionError(f"nothing is mounted at {path}")


def test_grafana_is_told_all_that_its_files_leave_open() -> None:
    files = [path.read_text() for path in in_grafana("/etc/grafana/provisioning").rglob("*.yaml")]
    wanted = {name for text in files for name in re.findall(r"(?<!\$)\$(\w+)", text)}
    assert wanted
    assert wanted <= SERVICES["grafana"]["environment"].keys()


def test_grafana_finds_prometheus_and_the_database() -> None:
    path = in_grafana("/etc/grafana/provisioning/datasources/kpi.yaml")
    prometheus, postgres = yaml.safe_load(path.read_text())["datasources"]
    assert (prometheus["uid"], postgres["uid"]) == ("prometheus", "postgres")
    environment = SERVICES["grafana"]["environment"]
    for source in (prometheus, postgres):
        host, _, port = environment[source["url"].removeprefix("$")].removeprefix("http://").partition(":")
        assert host in SERVICES
        assert port == {"prometheus": "9090", "postgres": "5432"}[host]
    assert environment["KPI_POSTGRES_DATABASE"] == SERVICES["postgres"]["environment"]["POSTGRES_DB"]


def test_grafana_finds_the_boards_and_opens_with_the_overview() -> None:
    environment = SERVICES["grafana"]["environment"]
    providers = [
        provider
        for path in in_grafana("/etc/grafana/provisioning/dashboards").glob("*.yaml")
        for provider in yaml.safe_load(path.read_text())["providers"]
    ]
    folders = [
        in_grafana(provider["options"]["path"].replace("$KPI_DASHBOARDS", environment["KPI_DASHBOARDS"]))
        for provider in providers
    ]
    assert folders
    assert all(any(folder.glob("*.json")) for folder in folders)
    assert in_grafana(environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).is_file()


def test_exporter_accepts_its_configuration_and_listens_where_the_port_leads() -> None:
    (path,) = [source for source, target, _ in mounts("exporter") if target == "/etc/kpi/kpi.yaml"]
    config = load(ROOT / path, dict.fromkeys(VARIABLES, "secret"))
    assert f"127.0.0.1:{config.port}:{config.port}" in SERVICES["exporter"]["ports"]
    assert str(config.data_dir) in [target for _, target, _ in mounts("exporter")]


def test_first_start_of_the_database_makes_a_reader_with_its_password_who_sees_later_tables(
    postgres: EmbeddedPostgres, empty_database: str
) -> None:
    scripts = sorted((target, source) for source, target, _ in mounts("postgres") if "initdb.d" in target)
    password = "quote ' and space"
    try:
        for _, script in scripts:
            subprocess.run(
                [postgres.programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", empty_database, "-f", ROOT / script],
                check=True,
                env=os.environ | {"KPI_READER_PASSWORD": password},
            )
        migrate(empty_database)
        with psycopg.connect(empty_database, user="kpi_reader", password=password) as reader:
            assert reader.execute("SELECT count(*) FROM payment_metrics").fetchone() == (0,)
        with psycopg.connect(empty_database) as owner:
            stored = owner.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'kpi_reader'").fetchone()
            assert stored is not None
            assert stored[0].startswith("SCRAM-SHA-256$")
    finally:
        with psycopg.connect(empty_database) as owner:
            owner.execute("DROP OWNED BY kpi_reader; DROP ROLE kpi_reader")


def test_exporter_may_write_the_tables_of_alerts_and_no_other(postgres: EmbeddedPostgres, empty_database: str) -> None:
    command = SERVICES["alerts-role"]["command"]
    ((source, target, _),) = mounts("alerts-role")
    script = ROOT / source / Path(command[-1].removeprefix("--file=")).relative_to(target)
    password = "letters and ' too"
    migrate(empty_database)
    try:
        for _ in range(2):  # at every start
            subprocess.run(
                [postgres.programs / "psql", "-X", "-q", empty_database, "-f", script],
                check=True,
                env=os.environ | {"KPI_ALERTS_PASSWORD": password},
            )
        with psycopg.connect(empty_database, user="kpi_alerts", password=password, autocommit=True) as writer:
            for table in OWN_TABLES:
                assert writer.execute(f"UPDATE {table} SET severity = severity").rowcount == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute("SELECT 1 FROM payment_metrics")
        with psycopg.connect(empty_database) as owner:
            stored = owner.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'kpi_alerts'").fetchone()
            assert stored is not None
            assert stored[0].startswith("SCRAM-SHA-256$")
    finally:
        with psycopg.connect(empty_database) as owner:
            owner.execute("DROP OWNED BY kpi_alerts; DROP ROLE kpi_alerts")


def test_image_runs_as_an_ordinary_user_from_a_named_base_with_a_health_check() -> None:
    text = (ROOT / "Dockerfile").read_text()
    last_stage = text.rpartition("FROM ")[2]
    assert re.search(r"^USER 10001$", last_stage, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", last_stage, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"python:3.11-slim-bookworm"}


def test_image_is_given_the_packages_and_never_the_secrets() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    assert {
        "metrics",
        "warehouse",
        "collectors",
        "exporter",
        "alert_rules",
        "pyproject.toml",
        "requirements.txt",
    } <= allowed
    assert ".env" not in allowed
