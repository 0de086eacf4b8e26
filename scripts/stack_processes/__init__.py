"""The services of docker-compose.yml as processes of one machine: `stack` runs them, `journeys` uses them."""
