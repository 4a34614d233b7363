"""What a site is made of besides its cluster: database, certificates, load balancer, link."""
