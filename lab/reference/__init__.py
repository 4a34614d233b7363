"""What landbridge is measured against: the original's design as one sequential script."""
