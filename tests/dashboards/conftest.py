"""The service that pages talk to is the same as in the API's tests."""

from tests.service.conftest import office, service

__all__ = ["office", "service"]
