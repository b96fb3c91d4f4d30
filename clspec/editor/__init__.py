"""What an editor asks about a spec while somebody writes it: pure functions of texts and character offsets."""
