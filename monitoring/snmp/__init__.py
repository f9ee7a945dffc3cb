"""The wire: SNMP messages, questions and answers, walks."""
