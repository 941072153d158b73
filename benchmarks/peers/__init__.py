"""What people would use instead of `trucksight run`, each in an environment of its own."""
