"""The Amazon States Language: parsing, validation and the evaluation of its expressions, all pure."""
