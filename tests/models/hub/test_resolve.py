"""Models by their name on the hub: what is fetched, what is not, and what is said without one."""

import hashlib
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from huggingface_hub import constants

from upwell import models
from upwell.errors import ModelError
from upwell.models.hub.language_models import load
from upwell.models.hub.resolve import resolve
from upwell.records import ModelSpec

from .. import shapes

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "somebody/tiny-gpt2"
UNSAFE = ("pytorch_model.bin", "modeling_evil.py", "onnx/model.safetensors", "README.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A repository: a model folder, and files that must not be fetched."""
    path = shapes.folder("gpt2", tmp_path_factory.mktemp("repository"))
    for name in UNSAFE:
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(b"unsafe")
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, and a hub that is not there."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    hub_at(9, monkeypatch)
    return tmp_path / "cache"


def hub_at(port, monkeypatch):
    """What HF_ENDPOINT sets when the library is imported."""
    endpoint = f"http://127.0.0.1:{port}"
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    template = f"{endpoint}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@contextmanager
def serving(folder, monkeypatch):
    """The hub's answers for one repository; yields the paths that were asked for."""
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self, body=True):
            asked.append(path := self.path.partition("?")[0])
            data, kind = answer(folder, path)
            self.send_response(200 if data is not None else 404)
            if data is None:
                self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Type", kind)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha256(data or b"").hexdigest()}"')
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            if body:
                self.wfile.write(data or b"")

        def do_HEAD(self):
            self.do_GET(body=False)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    hub_at(server.server_port, monkeypatch)
    try:
        yield asked
    finally:
        hub_at(9, monkeypatch)
        server.shutdown()
        thread.join()
        server.server_close()


def answer(folder, path):
    names = [str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()]
    if path.startswith(f"/api/models/{NAME}/revision/"):
        found = {"id": NAME, "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}
        return json.dumps(found).encode(), "application/json"
    if path.startswith(f"/api/models/{NAME}/tree/"):
        sizes = {name: (folder / name).stat().st_size for name in names}
        found = [{"type": "file", "path": name, "size": size, "oid": "0" * 40}
                 for name, size in sizes.items()]  # fmt: skip
        return json.dumps(found).encode(), "application/json"
    start = f"/{NAME}/resolve/{COMMIT}/"
    if path.startswith(start) and (folder / path.removeprefix(start)).is_file():
        return (folder / path.removeprefix(start)).read_bytes(), "application/octet-stream"
    return None, "text/plain"


def laid_out(cache, folder):
    """A cache as huggingface_hub lays it out, with one snapshot."""
    repository = cache / f"models--{NAME.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    for file in folder.iterdir():
        if file.is_file() and file.name not in UNSAFE:
            (snapshot / file.name).symlink_to(file)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)


def test_a_name_brings_safe_files_and_nothing_else(folder, cache, monkeypatch):
    with serving(folder, monkeypatch) as asked:
        model = load(NAME)
    fetched = {Path(path).name for path in asked if "/resolve/" in path}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= fetched
    assert not [path for path in asked if any(path.endswith(name) for name in UNSAFE)]
    assert (model.name, model.revision) == (NAME, COMMIT)
    here = load(folder)
    assert model.as_lm().loglikelihood([("a", "b")]) == here.as_lm().loglikelihood([("a", "b")])
    # The hub is gone now, and the cache answers.
    assert load(f"{NAME}@{COMMIT}").revision == COMMIT


def test_a_cache_answers_without_a_network(folder, cache, monkeypatch):
    laid_out(cache, folder)
    assert load(NAME).revision == COMMIT
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert load(NAME).revision == COMMIT


def test_a_rung_takes_a_name_too(folder, cache):
    laid_out(cache, folder)
    family, spec = (
        models.load_family("pretrained"),
        ModelSpec(family="pretrained", hparams={"path": NAME}),
    )
    assert family.count(spec, 8).params == load(NAME).size.params
    assert family.build_lm(spec, 0).token_logprobs([("a", "b")])


def test_a_path_that_exists_wins_over_a_name(folder, cache, tmp_path, monkeypatch):
    laid_out(cache, folder)
    monkeypatch.chdir(tmp_path)
    Path(NAME).mkdir(parents=True)
    assert resolve(NAME).revision is None
    with pytest.raises(ModelError, match=r"no config\.json"):
        load(NAME)


@pytest.mark.parametrize("name", ["./somebody/x", "/some/body", "../a", "one", "a/b/c", "a\\b"])
def test_what_cannot_be_a_name_is_a_path(name):
    assert resolve(name).revision is None


def test_no_network_is_one_sentence(monkeypatch):
    with pytest.raises(ModelError, match="the hub cannot be reached, and the cache") as error:
        load(NAME)
    assert str(error.value).startswith(f"{NAME} is no local folder")
    assert "\n" not in str(error.value)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        load(NAME)


def test_a_name_that_the_hub_does_not_know_is_one_sentence(folder, monkeypatch):
    with (
        serving(folder, monkeypatch),
        pytest.raises(ModelError, match="it has no model of that name"),
    ):
        load("somebody/else")


def test_a_repository_of_pickles_is_refused(tmp_path, cache, monkeypatch):
    path = shapes.folder("gpt2", tmp_path)
    (path / "model.safetensors").rename(path / "pytorch_model.bin")
    with serving(path, monkeypatch), pytest.raises(ModelError, match="safetensors"):
        load(NAME)
