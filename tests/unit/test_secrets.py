import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.recording.secrets import MASK, is_secret_key, mask_secret, without_credentials


@pytest.mark.parametrize(
    "key",
    [
        "password", "db_password", "PASSWORD", "userPassword", "PGPASSWORD", "passwd",
        "new_password", "passphrase", "secret", "client_secret", "token", "HF_TOKEN",
        "accessToken", "OAuthToken", "hf_token_2", "api_key", "apikey", "apiKey", "APIKey",
        "openai.api-key", "access_key", "aws_secret_access_key", "AWS_ACCESS_KEY",
        "private_key", "ssh_key", "credential", "gcp_credentials", "connection_string",
    ],
)  # fmt: skip
def test_keys_of_secrets_are_told(key: str) -> None:
    assert is_secret_key(key)
    assert mask_secret(key, "hunter2") == MASK


@pytest.mark.parametrize(
    "key",
    [
        "tokenizer", "tokens", "max_tokens", "n_tokens", "num_token", "token_count", "token_type",
        "tokens_per_second", "pad_token", "eos_token", "mask_token_id", "password_length",
        "secretary", "compass", "bypass", "key", "keys", "monkey", "keyboard", "public_key",
        "primary_key", "access", "api", "author", "lr", "",
    ],
)  # fmt: skip
def test_ordinary_keys_are_left_alone(key: str) -> None:
    assert not is_secret_key(key)
    assert mask_secret(key, "value") == "value"


def test_secrets_inside_dicts_and_lists_are_masked() -> None:
    value = {"lr": 0.1, "login": [{"user": "ada", "password": "x"}], "n_tokens": 3}
    assert mask_secret("config", value) == {
        "lr": 0.1,
        "login": [{"user": "ada", "password": MASK}],
        "n_tokens": 3,
    }
    assert value["login"] == [{"user": "ada", "password": "x"}]


def test_a_whole_dict_under_a_secret_key_is_masked() -> None:
    assert mask_secret("credentials", {"user": "ada", "pin": 1}) == MASK


@pytest.mark.parametrize("value", [None, True, False])
def test_absence_and_flags_are_no_secrets(value: object) -> None:
    assert mask_secret("use_auth_token", value) is value


def test_further_words_can_be_configured() -> None:
    assert mask_secret("customer_pin", 1234) == 1234
    assert mask_secret("customer_pin", 1234, extra=["pin"]) == MASK
    assert mask_secret("customerNumber", 5, extra=["customer number", ""]) == MASK
    assert mask_secret("spinning", 5, extra=["pin"]) == 5


def test_a_password_inside_a_url_is_masked_under_any_key() -> None:
    url = "postgresql://ada:s3cret@db.example.org:5432/runs?sslmode=require"
    masked = mask_secret("store", url)
    assert masked == f"postgresql://{MASK}@db.example.org:5432/runs?sslmode=require"
    assert mask_secret("note", "see https://example.org/@ada:home") == (
        "see https://example.org/@ada:home"
    )


def test_a_dict_that_contains_itself_comes_back() -> None:
    loop: dict[str, object] = {}
    loop["inner"] = loop
    assert "inner" in mask_secret("config", loop)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab/ "),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["lr", "n"]), inner),
    )
)
def test_a_value_without_secrets_is_unchanged(value: object) -> None:
    assert mask_secret("config", value) == value


@given(st.text(), st.text(min_size=1))
def test_a_secret_never_comes_through(prefix: str, value: object) -> None:
    assert mask_secret(f"{prefix}_password", value) == MASK


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://ada:s3cret@example.org/team/repo.git", "https://example.org/team/repo.git"),
        ("https://ghp_s3cret@example.org/repo", "https://example.org/repo"),
        ("https://example.org:8443/repo?token=s3cret#s3cret", "https://example.org:8443/repo"),
        ("ssh://git@example.org:22/repo.git", "ssh://git@example.org:22/repo.git"),
        ("ssh://git:s3cret@example.org/repo.git", "ssh://example.org/repo.git"),
        ("git@example.org:team/repo.git", "git@example.org:team/repo.git"),
        ("ada:s3cret@example.org:team/repo.git", "example.org:team/repo.git"),
        ("ada@example.org:team/repo.git", "example.org:team/repo.git"),
        ("example.org:path@v1/repo", "example.org:path@v1/repo"),
        ("https://ada:s3/cret@example.org/repo", f"https://{MASK}"),
        ("https://[s3cret/repo", f"https://{MASK}"),
        ("hg::https://ada:s3cret@example.org/repo", "hg::https://example.org/repo"),
        ("postgresql+psycopg://ada:s3cret@db/runs", "postgresql+psycopg://db/runs"),
        ("sqlite:////tmp/runs.db", "sqlite:////tmp/runs.db"),
        ("file:///srv/repo.git", "file:///srv/repo.git"),
        ("/srv/a@b/repo.git", "/srv/a@b/repo.git"),
        ("../repo.git", "../repo.git"),
        ("C:\\repos\\repo", "C:\\repos\\repo"),
        ("", ""),
    ],
)
def test_urls_lose_their_credentials(url: str, clean: str) -> None:
    assert without_credentials(url) == clean
    assert "s3cret" not in without_credentials(url)
    assert without_credentials(clean) == clean


@given(st.text())
def test_cleaning_any_text_twice_changes_nothing_more(text: str) -> None:
    clean = without_credentials(text)
    assert without_credentials(clean) == clean


@given(
    scheme=st.sampled_from(["https", "ssh", "postgresql+psycopg", "s3", "odd one"]),
    user=st.text("abc:%+-_."),
    path=st.text("abc/.-@"),
)
def test_no_url_keeps_its_user_and_password(scheme: str, user: str, path: str) -> None:
    assert "S3CRET" not in without_credentials(f"{scheme}://{user}S3CRET@example.org/{path}")
