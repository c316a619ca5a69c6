"""What cannot be read again, in one file: written while others write, and put back."""
