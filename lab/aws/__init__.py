"""AWS on one machine: the templates that the cloud gets, deployed into an emulator on loopback."""
