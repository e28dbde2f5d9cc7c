"""The operations of the protocol, a function each: (context, checked arguments) -> result."""
