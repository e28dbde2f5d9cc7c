"""Real servers of artifacts: S3, FTP and SFTP in threads of this process, Azurite beside it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from tests.waiting import until

BUCKET = "artifacts"
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = (  # the emulator's own, published with it
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def s3_server(environment: dict[str, str]) -> Iterator[str]:
    """Serve a bucket; what its client must find in the environment is put there."""
    import boto3
    from moto.server import ThreadedMotoServer

    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    environment |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="somebody",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    # all its servers in a process share their buckets
    reset = Request(f"{environment['AWS_ENDPOINT_URL']}/moto-api/reset", method="POST")
    urlopen(reset).close()
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield f"s3://{BUCKET}/team"
    server.stop()


@contextmanager
def ftp_server(folder: Path, home: Path) -> Iterator[str]:
    """Serve a folder; the login is in ``~/.netrc``."""
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import ThreadedFTPServer

    authorizer = DummyAuthorizer()
    authorizer.add_user("ana", "s3cret", str(folder), perm="elradfmwMT")
    handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
    server = ThreadedFTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    netrc = home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login ana password s3cret\n")
    netrc.chmod(0o600)
    yield f"ftp://127.0.0.1:{server.address[1]}/team"
    server.close_all()
    thread.join()


@contextmanager
def sftp_server(folder: Path, home: Path) -> Iterator[str]:
    """Serve a folder to the key in ``~/.ssh``, by a server whose key is known there."""
    import asyncssh

    ssh = home / ".ssh"
    ssh.mkdir(mode=0o700)
    host_key, own_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    own_key.write_private_key(ssh / "id_ed25519")
    own_key.write_public_key(ssh / "authorized")
    loop = asyncio.new_event_loop()
    connections: list[asyncssh.SSHServerConnection] = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)  # also those that end before anybody has logged in

    async def serve() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[host_key],
            authorized_client_keys=str(ssh / "authorized"),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
        )

    acceptor = loop.run_until_complete(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = acceptor.get_port()
    public = host_key.export_public_key().decode()
    (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
    yield f"sftp://ana@127.0.0.1:{port}/team"

    async def close() -> None:
        acceptor.close()
        await acceptor.wait_closed()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()

    asyncio.run_coroutine_threadsafe(close(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def azurite() -> list[str] | None:
    """Return the command of Azurite's blob service where it is installed."""
    given = os.environ.get("NBTRACK_TEST_AZURITE") or shutil.which("azurite-blob")
    return [given] if given else None


@contextmanager
def azure_server(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Serve a container by Azurite."""
    from azure.storage.blob import BlobServiceClient

    port = free_port()
    options = [
        "--blobPort",
        str(port),
        "--location",
        str(folder),
        "--silent",
        "--skipApiVersionCheck",
    ]
    server = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    text = (
        f"DefaultEndpointsProtocol=http;AccountName={AZURITE_ACCOUNT};AccountKey={AZURITE_KEY};"
        f"BlobEndpoint=http://127.0.0.1:{port}/{AZURITE_ACCOUNT};"
    )
    environment["AZURE_STORAGE_CONNECTION_STRING"] = text

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers, "Azurite to answer")
        with BlobServiceClient.from_connection_string(text) as client:
            client.create_container(BUCKET)
        yield f"abfs://{BUCKET}/team"
    finally:
        server.kill()
        server.wait(timeout=30)
