"""The demo town: simulated devices that answer SNMP for real."""
