"""The addresses for programs, the OData feed, and the tokens that open them."""
