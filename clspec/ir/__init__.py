"""The typed representation of a spec (Pydantic), the same whichever syntax it was written in."""
