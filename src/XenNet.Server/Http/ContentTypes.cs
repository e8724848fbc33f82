namespace XenNet.Server.Http;

/// <summary>The type of a file by its name: firmware decides by it what to do with it (UEFI 2.10 §24.7.1).</summary>
internal static class ContentTypes
{
    /// <summary>The type of the file of that name.</summary>
    public static string Of(string? name) => Path.GetExtension(name)?.ToLowerInvariant() switch
    {
        ".efi" => "application/efi",
        ".iso" => "application/vnd.efi-iso",
        ".img" => "application/vnd.efi-img",
        ".ipxe" or ".cfg" or ".txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}
