//! Nationalities and states as travel documents have them.

use super::Country;

impl Country {
    /// The country of a code of ICAO Doc 9303-3, 5: `D` for Germany, the three letters of ISO 3166-1,
    /// the three letters of the United Kingdom's kinds of nationals, `RKS` for Kosovo (here `XK`),
    /// `XXA` for a stateless person (`QS`) and `XXX` for an unspecified nationality (`QU`).
    ///
    /// Codes of organisations and of tests, such as `UNO` and `UTO`, are no country.
    #[must_use]
    pub fn from_icao(code: &str) -> Option<Self> {
        let alpha2 = match code {
            "D" => "DE",
            "GBD" | "GBN" | "GBO" | "GBP" | "GBS" => "GB",
            "RKS" => "XK",
            "XXA" => "QS",
            "XXX" => "QU",
            _ => ISO.split_ascii_whitespace().find_map(|row| row.strip_prefix(code))?,
        };
        Self::parse(alpha2)
    }
}

// ISO 3166-1: three letters and two.
const ISO: &str = "\
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG \
    AUSAU AUTAT AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL \
    BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH \
    CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX \
    CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES \
    ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI \
    GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM \
    HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT \
    JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB \
    LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD \
    MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS \
    MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO \
    NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP \
    PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS \
    SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI \
    SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO \
    TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC \
    VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: &str) -> Option<String> {
        Country::from_icao(code).map(|country| country.to_string())
    }

    #[test]
    fn reads_the_codes_of_travel_documents() {
        for (code, country) in [
            ("D", "DE"),
            ("DEU", "DE"),
            ("AUT", "AT"),
            ("GRC", "GR"),
            ("GBR", "GB"),
            ("GBN", "GB"),
            ("RKS", "XK"),
            ("XXA", "QS"),
            ("XXX", "QU"),
            ("ZWE", "ZW"),
            ("AFG", "AF"),
        ] {
            assert_eq!(read(code).as_deref(), Some(country), "{code}");
        }
        assert_eq!(ISO.split_ascii_whitespace().count(), 249);
        assert!(ISO.split_ascii_whitespace().all(|row| row.len() == 5));
    }

    #[test]
    fn what_is_no_country_is_none() {
        for code in ["", "DE", "d", "deu", "UTO", "UNO", "EUE", "XXB", "DEUX", "AU", "AUTA", "A"] {
            assert_eq!(read(code), None, "{code}");
        }
    }
}
