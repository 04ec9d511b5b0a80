"""The ports of the demo are the usual ones where they are free."""

import socket

from exporter.demo_ports import HOST, Ports
from tests.exporter.support import free_port


def test_two_demos_that_start_at_once_choose_different_ports() -> None:
    wanted = free_port()
    with Ports(wanted) as one, Ports(wanted) as other:
        assert one["exporter"] == wanted
        names = ("exporter", "prometheus", "alertmanager", "grafana", "mail", "mails")
        chosen = [ports[name] for ports in (one, other) for name in names]  # type: ignore[index]
        assert len({*chosen}) == len(chosen)


def test_a_port_that_waits_for_its_server_is_not_chosen_by_another_demo() -> None:
    wanted = free_port()
    with Ports(wanted) as one:
        one.release("exporter")
        with Ports(wanted) as other:
            assert other["exporter"] != wanted
    with Ports(wanted) as later:
        assert later["exporter"] == wanted


def test_a_released_port_can_be_listened_on_and_the_end_frees_the_others() -> None:
    with Ports(0) as ports:
        with socket.socket() as listening:
            listening.bind((HOST, ports.release("exporter")))
            listening.listen()
        held = ports["history"]  # never a usual port, which a demo beside this test may take
    with socket.socket() as listening:
        listening.bind((HOST, held))
