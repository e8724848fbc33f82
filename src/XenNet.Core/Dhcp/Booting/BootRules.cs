using System.Collections.Frozen;
using System.Collections.Immutable;
using XenNet.Core.Dhcp.Options;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Booting;

/// <summary>
/// Who boots from what: <c>[[boot.target]]</c>, <c>[[boot.menu]]</c> and what a machine's own <c>boot</c> says. Looking at
/// them for a client allocates nothing.
/// </summary>
public sealed class BootRules
{
    /// <summary>Targets at the most.</summary>
    public const int TargetsMost = 255;

    // What has an address of its own, but no settings, such as a file that a machine's own boot names.
    private static readonly BootTarget Plain = new();

    private readonly ImmutableArray<BootTarget> _scoped;
    private readonly FrozenDictionary<string, BootTarget> _byName;
    private readonly BootTarget? _default;
    private readonly BootMenu _menu;
    private readonly bool _isEmpty;

    /// <param name="targets">In the order of the file.</param>
    /// <param name="standard">The target of those for whom there is no other; null for none.</param>
    /// <param name="menu">What PXE clients choose from.</param>
    internal BootRules(IReadOnlyCollection<BootTarget> targets, BootTarget? standard, BootMenu menu)
    {
        // Sorting keeps the order of equals: of two that are equally specific the later counts.
        _scoped = [.. targets.Where(target => target.Scope is not null).OrderBy(target => target.Scope!.Rank)];
        _byName = targets.Where(target => target.Name != "")
            .ToFrozenDictionary(target => target.Name, StringComparer.Ordinal);
        (_default, _menu) = (standard, menu);
        _isEmpty = targets.Count == 0 && menu.Entries.IsEmpty;
    }

    /// <summary>Nobody boots from anything.</summary>
    public static BootRules None { get; } = new([], null, BootMenu.None);

    /// <summary>The names that a machine's <c>boot</c> may have, in their order.</summary>
    public IEnumerable<string> Names => _byName.Keys.Order(StringComparer.Ordinal);

    /// <summary>True when there is a menu for anybody.</summary>
    public bool HasMenu => !_menu.Entries.IsEmpty;

    /// <summary>True when a machine's <c>boot</c> is a file or a URL and no name of a target.</summary>
    public static bool IsFile(string boot) => boot.AsSpan().IndexOfAny('.', '/') >= 0;

    /// <summary>
    /// What a machine's <c>boot</c> must be, or null when it is good: a target's name, <c>none</c>, or a file or URL, which
    /// has a dot or a slash.
    /// </summary>
    public string? Check(string boot) => boot == BootTarget.NoneName || _byName.ContainsKey(boot) ? null
        : !IsFile(boot) ? $"must be none, a file with a dot or a slash in its name, or a [[boot.target]]: {Known()}"
        : BootFileText.Check(boot);

    /// <summary>What a client is told by DHCP.</summary>
    /// <param name="subject">The client.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="self">Dom0's address towards it.</param>
    /// <param name="httpPort">Where Dom0 gives files by HTTP; 0 for nowhere.</param>
    /// <param name="file">Takes <see cref="BootFileText.LengthMost"/> octets.</param>
    /// <param name="menu">Takes <see cref="BootMenu.Size"/> octets.</param>
    internal BootReply Answer(
        scoped in DhcpSubject subject, ulong tags, Ipv4Address self, ushort httpPort, Span<byte> file, Span<byte> menu)
    {
        var own = subject.Machine?.Boot;
        if (own is null ? _isEmpty : own == BootTarget.NoneName)
        {
            return default;
        }

        var client = BootClient.Of(subject.Request);
        if (own is null && client is { IsPxe: true, IsHttp: false } && _menu.Holds(subject, tags))
        {
            return new BootReply
            {
                NextServer = self,
                VendorClass = "PXEClient"u8,
                VendorOptions = menu[.._menu.Write(subject, tags, self, menu)],
                Detail = "menu",
            };
        }

        var target = own is null ? Find(subject, tags) : _byName.GetValueOrDefault(own, Plain);
        if (target is null || own is not null && ReferenceEquals(target, Plain) && !IsFile(own))
        {
            return new BootReply { Detail = own is null ? null : "its boot target is not configured" };
        }

        return Tell(target, ReferenceEquals(target, Plain) ? own! : target.FileFor(client), client, self, httpPort, file);
    }

    /// <summary>What a client is told that has chosen from the menu; without a file when it may not choose so.</summary>
    /// <param name="subject">The client.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="self">Dom0's address towards it.</param>
    /// <param name="file">Takes <see cref="BootFileText.LengthMost"/> octets.</param>
    /// <param name="item">Takes <see cref="BootMenu.Size"/> octets.</param>
    internal BootReply AnswerChoice(scoped in DhcpSubject subject, ulong tags, Ipv4Address self, Span<byte> file, Span<byte> item)
    {
        Span<byte> options = stackalloc byte[BootMenu.Size];
        if (!subject.Request.TryCopy(Wire.Dhcp.DhcpOptionCode.VendorOptions, options, out var length)
            || !BootMenu.TryReadChosen(options[..length], out var type, out var layer)
            || _menu.Find(type, subject, tags) is not { Target: { } target })
        {
            return default;
        }

        var client = BootClient.Of(subject.Request);
        var told = Tell(target, target.FileFor(client), client, self, 0, file);
        return new BootReply
        {
            File = told.File,
            NextServer = told.NextServer,
            ServerName = told.ServerName,
            VendorClass = "PXEClient"u8,
            VendorOptions = item[..BootMenu.WriteChosen(type, layer, item)],
            Detail = told.Detail,
        };
    }

    private static BootReply Tell(
        BootTarget target, string name, scoped in BootClient client, Ipv4Address self, ushort httpPort, Span<byte> file)
    {
        if (name == "")
        {
            return new BootReply { Target = target, Detail = BootArchitecture.LackOf(client.Architecture) };
        }

        var isSelf = target.NextServer.IsNone;
        var server = isSelf ? self : target.NextServer;
        var isUrl = BootFileText.IsUrl(name);
        var lack = client switch
        {
            { IsHttp: true } when isUrl => name.StartsWith("http", StringComparison.Ordinal)
                ? null : "a URL that is not for HTTP boot",
            { IsHttp: true } when isSelf && httpPort == 0 => "no HTTP is served",
            { IsPxe: true, IsIpxe: false, IsHttp: false } when isUrl => "a URL is for iPXE and HTTP boot",
            _ => null,
        };
        if (lack is not null)
        {
            return new BootReply { Target = target, Detail = lack };
        }

        var length = client.IsHttp && !isUrl
            ? BootFileText.WriteUrl(name, server, isSelf ? httpPort : BootFileText.HttpPort, file)
            : BootFileText.Write(name, server, file);
        return length == 0
            ? new BootReply { Target = target, Detail = "the name of its file is too long" }
            : new BootReply
            {
                Target = target,
                File = file[..length],
                NextServer = server,
                ServerName = target.ServerName,
                VendorClass = client.IsHttp ? "HTTPClient"u8 : default,
                Detail = name,
            };
    }

    private BootTarget? Find(scoped in DhcpSubject subject, ulong tags)
    {
        for (var at = _scoped.Length - 1; at >= 0; at--)
        {
            if (_scoped[at].Scope!.Holds(subject, tags))
            {
                return _scoped[at];
            }
        }

        return _default;
    }

    private string Known() => _byName.Count == 0 ? "there is none" : string.Join(", ", Names);
}
