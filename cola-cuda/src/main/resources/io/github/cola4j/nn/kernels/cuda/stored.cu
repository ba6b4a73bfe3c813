// Frozen weights as they are stored, and what is multiplied with them.
