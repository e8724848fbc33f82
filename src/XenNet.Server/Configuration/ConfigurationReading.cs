using System.Collections.Immutable;
using XenNet.Core.Configuration;

namespace XenNet.Server.Configuration;

/// <summary>A configuration as it was read.</summary>
/// <param name="Configuration">To be used only when there are no errors.</param>
/// <param name="Errors">What is wrong with it: a line each, with the place.</param>
public sealed record ConfigurationReading(XenNetConfiguration Configuration, ImmutableArray<string> Errors);
