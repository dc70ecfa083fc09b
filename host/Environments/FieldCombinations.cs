using System.Text.Json.Nodes;

namespace MeshPort.Host.Environments;

/// <summary>Adds to the JSON Schema the rules that concern several fields together, as the validators apply them.</summary>
internal static class FieldCombinations
{
    /// <summary>The fields that belong to the repetition of a maintenance window.</summary>
    private const string Repetition = """
        {
          "allOf": [
            {
              "if": { "properties": { "everyDays": { "type": "integer" } }, "required": ["everyDays"] },
              "then": {
                "properties": { "dayOfWeek": { "type": "null" }, "dayOfMonth": { "type": "null" }, "weekIndex": { "type": "null" } }
              }
            },
            {
              "if": { "properties": { "everyWeeks": { "type": "integer" } }, "required": ["everyWeeks"] },
              "then": {
                "properties": { "dayOfWeek": { "type": "string" }, "dayOfMonth": { "type": "null" }, "weekIndex": { "type": "null" } },
                "required": ["dayOfWeek"]
              }
            },
            {
              "if": { "properties": { "everyMonths": { "type": "integer" } }, "required": ["everyMonths"] },
              "then": {
                "anyOf": [
                  {
                    "properties": { "dayOfMonth": { "type": "integer" }, "dayOfWeek": { "type": "null" }, "weekIndex": { "type": "null" } },
                    "required": ["dayOfMonth"]
                  },
                  {
                    "properties": {
                      "dayOfMonth": { "type": "null" },
                      "dayOfWeek": { "type": "string" },
                      "weekIndex": { "type": "string" }
                    },
                    "required": ["dayOfWeek", "weekIndex"]
                  }
                ]
              }
            }
          ]
        }
        """;

    public static void OfCluster(JsonObject spec)
    {
        Extend(
            spec["properties"]!["network"]!, // every note has its property
            """
            {
              "anyOf": [
                { "type": "null" },
                {
                  "required": ["subnetId"],
                  "properties": {
                    "subnetId": { "type": "string" },
                    "vnet": { "type": "null" },
                    "addressPrefix": { "type": "null" },
                    "subnet": { "type": "null" },
                    "subnetPrefix": { "type": "null" },
                    "ipv6AddressPrefix": { "type": "null" },
                    "ipv6SubnetPrefix": { "type": "null" }
                  }
                },
                {
                  "required": ["vnet", "addressPrefix", "subnet", "subnetPrefix"],
                  "properties": {
                    "subnetId": { "type": "null" },
                    "vnet": { "type": "string" },
                    "addressPrefix": { "type": "string" },
                    "subnet": { "type": "string" },
                    "subnetPrefix": { "type": "string" }
                  }
                }
              ]
            }
            """
        );
        const string CountOrAutoscaler = """
            "anyOf": [{ "properties": { "count": { "type": "null" } } }, { "properties": { "autoscaler": { "type": "null" } } }]
            """;
        Extend(spec["properties"]!["nodePool"]!, $$"""{ {{CountOrAutoscaler}} }"""); // see above
        Extend(
            spec["properties"]!["nodePools"]!["items"]!, // see above
            $$"""
            {
              {{CountOrAutoscaler}},
              "if": { "properties": { "mode": { "const": "system" } }, "required": ["mode"] },
              "then": { "properties": { "count": { "minimum": 1 }, "autoscaler": { "properties": { "min": { "minimum": 1 } } } } }
            }
            """
        );
        Extend(
            spec["properties"]!["access"]!, // see above
            """
            {
              "if": { "properties": { "privateCluster": { "const": true } }, "required": ["privateCluster"] },
              "then": { "properties": { "authorizedIpRanges": { "maxItems": 0 } } },
              "else": { "properties": { "privateDnsZone": { "type": "null" } } }
            }
            """
        );
        Extend(
            spec["properties"]!["gatewayAddresses"]!["properties"]!["internal"]!, // see above
            """
            {
              "anyOf": [
                { "type": "null" },
                { "required": ["ipv4"], "properties": { "ipv4": { "type": "string" } } },
                { "required": ["subnet"], "properties": { "subnet": { "type": "string" } } }
              ]
            }
            """
        );
        foreach (var window in new[] { "releases", "upgrades", "nodeOs" })
        {
            Extend(spec["properties"]!["maintenance"]!["properties"]![window]!, Repetition); // see above
        }

        Extend(
            spec["properties"]!["maintenance"]!["properties"]!["upgrades"]!, // see above
            """
            { "anyOf": [{ "type": "null" }, { "properties": { "everyDays": { "type": "null" } } }] }
            """
        );
        Extend(
            spec["properties"]!["maintenance"]!["properties"]!["releases"]!, // see above
            """
            { "anyOf": [{ "type": "null" }, { "properties": { "everyWeeks": { "type": "integer" } }, "required": ["everyWeeks"] }] }
            """
        );
        Extend(
            spec["properties"]!["upgrades"]!, // see above
            """
            {
              "if": { "properties": { "channel": { "const": "node-image" } }, "required": ["channel"] },
              "then": { "properties": { "nodeOsChannel": { "enum": ["NodeImage", null] } } }
            }
            """
        );
        Extend(
            spec,
            """
            {
              "allOf": [
                {
                  "if": { "properties": { "gatewayNamespace": { "type": "string" } }, "required": ["gatewayNamespace"] },
                  "then": { "properties": { "strategy": { "const": "gatewayApi" } }, "required": ["strategy"] }
                },
                {
                  "if": { "properties": { "sku": { "const": "automatic" } }, "required": ["sku"] },
                  "then": {
                    "properties": {
                      "gatewayNamespace": { "type": "string" },
                      "strategy": { "const": "gatewayApi" },
                      "connection": { "enum": ["aks", null] },
                      "nodePool": {
                        "properties": {
                          "name": { "enum": ["nodepool1", null] },
                          "vmSize": { "enum": ["Standard_D2s_v5", null] },
                          "count": { "type": "null" },
                          "zones": { "maxItems": 0 },
                          "autoscaler": { "type": "null" }
                        }
                      },
                      "nodePools": { "maxItems": 0 },
                      "network": { "type": "null" },
                      "networkPlugin": { "enum": ["azure-overlay", null] },
                      "dataplane": { "enum": ["cilium", null] },
                      "outboundType": { "enum": ["managedNATGateway", null] },
                      "identity": { "enum": ["system", null] },
                      "access": { "properties": { "privateCluster": { "enum": [false, null] } } },
                      "tier": { "enum": ["standard", null] },
                      "upgrades": {
                        "properties": { "channel": { "enum": ["stable", null] }, "nodeOsChannel": { "enum": ["NodeImage", null] } }
                      },
                      "oidcIssuer": { "enum": [true, null] },
                      "workloadIdentity": { "enum": [true, null] },
                      "keyVaultSecretsProvider": { "enum": [true, null] }
                    },
                    "required": ["gatewayNamespace", "strategy"]
                  }
                },
                {
                  "if": { "properties": { "connection": { "type": "string", "pattern": "^kubeconfig:" } }, "required": ["connection"] },
                  "then": {
                    "properties": {
                      "features": { "maxItems": 0 },
                      "network": { "type": "null" },
                      "gatewayAddresses": { "properties": { "external": { "type": "null" }, "internal": { "type": "null" } } }
                    }
                  }
                },
                {
                  "if": {
                    "properties": {
                      "gatewayAddresses": {
                        "type": "object",
                        "properties": {
                          "internal": { "type": "object", "properties": { "subnet": { "type": "string" } }, "required": ["subnet"] }
                        },
                        "required": ["internal"]
                      }
                    },
                    "required": ["gatewayAddresses"]
                  },
                  "then": { "properties": { "network": { "type": "object" } }, "required": ["network"] }
                },
                {
                  "if": {
                    "properties": {
                      "strategy": { "not": { "const": "gatewayApi" } },
                      "gatewayAddresses": {
                        "type": "object",
                        "properties": { "internal": { "type": "object" } },
                        "required": ["internal"]
                      }
                    },
                    "required": ["gatewayAddresses"]
                  },
                  "then": {
                    "properties": {
                      "mesh": {
                        "type": "object",
                        "properties": { "gateways": { "type": "array", "contains": { "const": "internal" } } },
                        "required": ["gateways"]
                      }
                    },
                    "required": ["mesh"]
                  }
                },
                {
                  "if": {
                    "properties": {
                      "strategy": { "not": { "const": "gatewayApi" } },
                      "gatewayAddresses": {
                        "type": "object",
                        "properties": { "external": { "type": "object" } },
                        "required": ["external"]
                      }
                    },
                    "required": ["gatewayAddresses"]
                  },
                  "then": {
                    "properties": {
                      "mesh": {
                        "properties": { "gateways": { "anyOf": [{ "type": "null" }, { "contains": { "const": "external" } }] } }
                      }
                    }
                  }
                },
                {
                  "if": { "properties": { "workloadIdentity": { "const": true } }, "required": ["workloadIdentity"] },
                  "then": { "properties": { "oidcIssuer": { "not": { "const": false } } } }
                },
                {
                  "if": { "properties": { "outboundType": { "const": "managedNATGateway" } }, "required": ["outboundType"] },
                  "then": { "properties": { "network": { "type": "null" } } }
                },
                {
                  "if": {
                    "properties": { "outboundType": { "enum": ["userAssignedNATGateway", "userDefinedRouting"] } },
                    "required": ["outboundType"]
                  },
                  "then": { "properties": { "network": { "type": "object" } }, "required": ["network"] }
                },
                {
                  "if": {
                    "properties": {
                      "outboundType": { "const": "userDefinedRouting" },
                      "networkPlugin": { "const": "kubenet" }
                    },
                    "required": ["outboundType", "networkPlugin"]
                  },
                  "then": {
                    "properties": { "identity": { "type": "string", "not": { "const": "system" } } },
                    "required": ["identity"]
                  }
                },
                {
                  "if": { "properties": { "outboundType": { "const": "none" } }, "required": ["outboundType"] },
                  "then": {
                    "properties": {
                      "access": { "type": "object", "properties": { "privateCluster": { "const": true } }, "required": ["privateCluster"] },
                      "upgrades": { "properties": { "nodeOsChannel": { "enum": ["NodeImage", "None", null] } } }
                    },
                    "required": ["access"]
                  }
                },
                {
                  "if": { "properties": { "networkPlugin": { "const": "kubenet" } }, "required": ["networkPlugin"] },
                  "then": { "properties": { "dataplane": { "not": { "const": "cilium" } } } }
                },
                {
                  "properties": { "ipFamilies": { "enum": [["IPv4"], ["IPv4", "IPv6"], null] } },
                  "if": { "properties": { "ipFamilies": { "const": ["IPv4", "IPv6"] } }, "required": ["ipFamilies"] },
                  "then": {
                    "properties": {
                      "strategy": { "const": "companionService" },
                      "mesh": { "properties": { "gateways": { "not": { "contains": { "const": "internal" } } } } }
                    },
                    "required": ["strategy"]
                  },
                  "else": {
                    "properties": {
                      "network": { "properties": { "ipv6AddressPrefix": { "type": "null" }, "ipv6SubnetPrefix": { "type": "null" } } },
                      "gatewayAddresses": { "properties": { "external": { "properties": { "publicIpv6": { "type": "null" } } } } }
                    }
                  }
                }
              ]
            }
            """
        );
    }

    public static void OfExposure(JsonObject spec)
    {
        Extend(
            spec["properties"]!["backends"]!, // every note has its property
            """
            {
              "if": { "minItems": 2 },
              "then": { "items": { "required": ["weight"], "properties": { "weight": { "type": "integer" } } } }
            }
            """
        );
        Extend(
            spec["properties"]!["tls"]!, // see above
            """
            {
              "if": { "properties": { "mode": { "const": "passthrough" } }, "required": ["mode"] },
              "then": { "properties": { "certificate": { "type": "null" }, "minVersion": { "type": "null" } } },
              "else": {
                "properties": { "certificate": { "type": "object" } },
                "required": ["certificate"],
                "if": { "properties": { "mode": { "const": "mutual" } }, "required": ["mode"] },
                "then": { "properties": { "certificate": { "properties": { "keyVault": { "type": "null" } } } } }
              }
            }
            """
        );
        Extend(
            spec["properties"]!["workload"]!["properties"]!["securityContext"]!, // see above
            """
            {
              "if": { "properties": { "level": { "const": "baseline" } }, "required": ["level"] },
              "else": { "properties": { "runAsUser": { "minimum": 1 } } }
            }
            """
        );
        Extend(
            spec,
            """
            {
              "allOf": [
                {
                  "if": { "properties": { "protocol": { "const": "TLS" } }, "required": ["protocol"] },
                  "then": {
                    "if": {
                      "properties": {
                        "tls": {
                          "type": "object",
                          "not": { "properties": { "mode": { "const": "passthrough" } }, "required": ["mode"] }
                        }
                      },
                      "required": ["tls"]
                    },
                    "else": { "properties": { "sniHosts": { "type": "array", "minItems": 1 } }, "required": ["sniHosts"] }
                  },
                  "else": { "properties": { "sniHosts": { "maxItems": 0 }, "tls": { "type": "null" } } }
                },
                {
                  "if": {
                    "properties": { "tls": { "type": "object", "properties": { "mode": { "const": "mutual" } }, "required": ["mode"] } },
                    "required": ["tls"]
                  },
                  "else": { "properties": { "probe": { "properties": { "clientCertificate": { "type": "null" } } } } }
                },
                {
                  "if": { "properties": { "port": { "const": 443 } }, "required": ["port"] },
                  "then": {
                    "properties": {
                      "protocol": { "const": "TLS" },
                      "sniHosts": { "type": "array", "minItems": 1 },
                      "adopt": { "enum": [false, null] }
                    },
                    "required": ["protocol", "sniHosts"]
                  }
                },
                {
                  "if": { "properties": { "ports": { "type": "array" } }, "required": ["ports"] },
                  "then": { "properties": { "protocol": { "enum": ["TCP", null] }, "adopt": { "enum": [false, null] } } }
                }
              ],
              "anyOf": [
                { "properties": { "proxyProtocol": { "type": "null" } } },
                { "properties": { "clientAddress": { "type": "string" } }, "required": ["clientAddress"] }
              ],
              "if": { "properties": { "adopt": { "const": true } }, "required": ["adopt"] },
              "then": { "properties": { "allowedSources": { "maxItems": 0 }, "clientAddress": { "type": "null" } } }
            }
            """
        );
    }

    private static void Extend(JsonNode schema, string keywords)
    {
        foreach (var (keyword, value) in JsonNode.Parse(keywords)?.AsObject() ?? [])
        {
            schema[keyword] = value?.DeepClone();
        }
    }
}
