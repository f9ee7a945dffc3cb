"""Reading devices: from SNMP answers to rates, conditions and stored points."""
